/** What one Sentinel says about the primary. */
export interface SentinelView {
  /** `host:port` of whom it names. */
  readonly primaryId: string
  /** Counts failovers; the higher one is the later. */
  readonly epoch: number
  /** True if it takes the one that it names for down, or is replacing it. */
  readonly isDown: boolean
}

/** What is known when somebody has to be primary. */
export interface PrimaryEvidence {
  /** Of those Sentinels that answered lately. */
  readonly views: readonly SentinelView[]
  /** How many Sentinels there are. */
  readonly sentinels: number
  /** What each data node said about itself lately; those that say nothing are absent. */
  readonly roles: ReadonlyMap<string, 'primary' | 'replica'>
  /** Who was primary until now. */
  readonly current: ChosenPrimary | undefined
}

/** Who is primary, and how far the Sentinels were when it was chosen. */
export interface ChosenPrimary {
  readonly id: string
  readonly epoch: number
}

/**
 * Who takes writes, or `undefined` if nobody is verified.
 *
 * It is never somebody who doesn't say so: a Sentinel names the dead until it has seen the promotion, up to
 * a second later. Nor is it enough to say so: an old primary that comes back does, and a replica that
 * somebody cut off by hand.
 *
 * Who is named with the highest epoch and says that it is primary, is. Somebody else who says so is
 * believed before the Sentinels announce it (about 0.85 s, notes, section 5.1) if the named one denies it,
 * or a majority of all Sentinels takes the named one for down; and is believed until the epoch rises, so
 * that the old primary, back within that second, isn't taken once more.
 */
export function choosePrimary(evidence: PrimaryEvidence): ChosenPrimary | undefined {
  const { views, roles, current } = evidence
  const named = latestOf(views)
  if (named === undefined) return keep(current, roles)
  const { primaryId, epoch } = named
  const isAhead = current !== undefined && current.id !== primaryId && current.epoch >= epoch
  if (isAhead && roles.get(current.id) === 'primary') return current
  if (roles.get(primaryId) === 'primary') return { id: primaryId, epoch }
  const others = [...roles].filter(([id, role]) => role === 'primary' && id !== primaryId)
  const [candidate] = others
  // Two that contradict each other: the Sentinels decide.
  if (candidate === undefined || others.length > 1) return undefined
  const isDenied = roles.get(primaryId) === 'replica'
  return isDenied || isGivenUp(evidence, primaryId) ? { id: candidate[0], epoch } : undefined
}

/** Without any Sentinel nothing contradicts who was primary and says that it still is. */
function keep(
  current: ChosenPrimary | undefined,
  roles: PrimaryEvidence['roles'],
): ChosenPrimary | undefined {
  return current !== undefined && roles.get(current.id) === 'primary' ? current : undefined
}

function latestOf(views: readonly SentinelView[]): SentinelView | undefined {
  let latest: SentinelView | undefined
  for (const view of views) if (latest === undefined || view.epoch > latest.epoch) latest = view
  return latest
}

function isGivenUp({ views, sentinels }: PrimaryEvidence, primaryId: string): boolean {
  const against = views.filter((view) => view.isDown || view.primaryId !== primaryId)
  return against.length > sentinels / 2
}
