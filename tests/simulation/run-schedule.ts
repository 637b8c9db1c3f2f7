/** One world from one seed: nodes that read and write, faults, healing, and what must hold after it. */
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { FAULTS, type Fault, VALUES_FAILOVER } from './faults.ts'
import { History, type ReadKind } from './history.ts'
import { RedisServers } from './redis-servers.ts'
import type { Safeguards } from './safeguards.ts'
import { SeededRandom } from './seeded-random.ts'
import type { SimulatedNode } from './simulated-node.ts'
import { SimulatedTime } from './simulated-time.ts'
import { type Stage, spawn } from './stage.ts'
import { type FactoryHabits, MEMBERS, RICH_SCOPES, SCOPES, Truth } from './world.ts'

const NODES = 3
const HEALING_MS = 5000

/** What came of a schedule. */
export interface ScheduleReport {
  readonly violations: readonly string[]
  readonly reads: number
  readonly factories: number
  readonly longestReadMs: number
  readonly faults: readonly string[]
}

/** What a schedule is to be about. */
export interface ScheduleFocus {
  /** Names of the faults that may strike, at least one of them; any, or none, if not said. */
  readonly faults?: readonly string[]
  readonly replicaShare?: number
  readonly habits?: FactoryHabits
  readonly lagMs?: number
  /** The values lie on other servers than the log. */
  readonly isClustered?: boolean
  /** See `World.isRich`; most worlds are. */
  readonly isRich?: boolean
  readonly watch?: (stage: Stage) => void
}

export function runSchedule(
  seed: number,
  safeguards: Safeguards,
  focus: ScheduleFocus = {},
): ScheduleReport {
  const time = new SimulatedTime()
  const random = new SeededRandom(seed)
  const { isClustered = false } = focus
  const servers = new RedisServers(time, random, safeguards.scripts, isClustered)
  const values = isClustered ? new RedisServers(time, random, safeguards.scripts) : servers
  const history = new History(() => time.nowMs)
  const stage: Stage = {
    time,
    random,
    servers,
    values,
    history,
    safeguards,
    truth: new Truth(),
    habits: focus.habits ?? {
      maxMs: random.pick([5, 50, 400, 2500]),
      hangShare: random.pick([0, 0, 0.05]),
    },
    replicaShare: focus.replicaShare ?? random.pick([0, 0, 0.4]),
    isRich: focus.isRich ?? seed % 5 !== 0,
    nodes: [],
    spawned: 0,
  }
  focus.watch?.(stage)
  servers.lagMs = focus.lagMs ?? random.pick([0.5, 5, 100, 600])
  values.lagMs = servers.lagMs
  servers.onExecuted = (id) => history.executed(id)
  values.onLeased = (token, key) => history.leased(token, key)
  values.onDropped = (key) => history.mayLoadAgain(key)
  servers.onMark = (position) => ringDoorbells(stage, position)
  for (let at = 0; at < NODES; at += 1) spawn(stage)
  const lastsMs = random.pick([1500, 3000, 5000])
  const isCalm = random.chance(0.1) && focus.faults === undefined
  const faults = isCalm ? [] : planFaults(stage, lastsMs, focus.faults)
  history.checksSingleFlight = faults.length === 0 && stage.habits.hangShare === 0
  // Without faults nobody comes before his node is connected.
  if (faults.length === 0) time.runUntil(200)
  act(stage, lastsMs)
  time.runUntil(lastsMs)
  heal(stage)
  return {
    violations: history.violations,
    reads: history.reads,
    factories: history.factories,
    longestReadMs: history.longestReadMs,
    faults: faults.map(({ name }) => name),
  }
}

function ringDoorbells(
  { nodes, random, time }: Stage,
  position: { readonly generation: string; readonly seq: number },
): void {
  for (const node of nodes) {
    if (!node.isAlive || node.link.losesDoorbells || node.link.isCut) continue
    time.after(random.between(0.1, node.link.maxDelayMs), () => node.onDoorbell(position))
  }
}

function planFaults(
  stage: Stage,
  lastsMs: number,
  names: readonly string[] | undefined,
): readonly Fault[] {
  const all =
    stage.values === stage.servers ? FAULTS : [...FAULTS, VALUES_FAILOVER, VALUES_FAILOVER]
  const eligible = all.filter(({ name }) => names?.includes(name) ?? true)
  const { random, time } = stage
  const count = random.pick([1, 1, 2, 3, 5])
  const kinds = Array.from({ length: random.pick([1, 2, 3]) }, () => random.pick(eligible))
  const planned: Fault[] = []
  for (let at = 0; at < count; at += 1) {
    const fault = random.pick(kinds)
    planned.push(fault)
    time.after(random.between(100, lastsMs * 0.9), () => fault.strike(stage))
  }
  return planned
}

/** Plans what the users of the nodes do: reads, invalidations, sets, and now and then an eviction. */
function act(stage: Stage, lastsMs: number): void {
  const { random, time } = stage
  const readEveryMs = random.pick([15, 40, 100])
  const writeEveryMs = random.pick([60, 250, 800])
  for (
    let atMs = time.nowMs + random.between(0, 60);
    atMs < lastsMs;
    atMs += random.between(0, 2 * readEveryMs)
  ) {
    time.at(atMs, () => readSomewhere(stage))
  }
  for (let atMs = time.nowMs + 80; atMs < lastsMs; atMs += random.between(0, 2 * writeEveryMs)) {
    time.at(atMs, () => writeSomewhere(stage))
  }
}

function readSomewhere(stage: Stage): void {
  const { random } = stage
  const node = random.pick(stage.nodes)
  const { key } = random.pick(MEMBERS)
  if (random.chance(0.05)) node.tiers.local.evict(key)
  if (!node.isRunning) return
  if (!stage.isRich) {
    read(stage, node, key)
    return
  }
  if (random.chance(0.1)) node.post(() => node.tiers.lookups.prolong(key))
  // Several keys in one: the loads and lookups of several callers overlap.
  const keys = random.chance(0.2) ? MEMBERS.map((member) => member.key) : [key]
  const how = random.pick(['load', 'load', 'fresh', 'lenient'] as const)
  for (const one of keys) {
    if (how === 'load') read(stage, node, one)
    else lookUp(stage, node, { key: one, kind: how })
  }
}

function read({ history }: Stage, node: SimulatedNode, key: CacheKey): void {
  node.post(() => {
    const started = history.readStarted(node.name, key, 'fresh')
    node.tiers.read(key, (answer) => {
      if (answer !== undefined) history.readEnded(started, answer)
    })
  })
}

function lookUp(
  { history }: Stage,
  node: SimulatedNode,
  { key, kind }: { readonly key: CacheKey; readonly kind: ReadKind },
): void {
  node.post(() => {
    const started = history.readStarted(node.name, key, kind)
    node.tiers.lookups.find(key, kind, (answer) => {
      if (answer !== undefined) history.readEnded(started, answer)
    })
  })
}

function writeSomewhere(stage: Stage): void {
  const { random, isRich } = stage
  const node = random.pick(stage.nodes)
  if (!node.isRunning) return
  node.post(() => {
    const { key } = random.pick(MEMBERS)
    if (random.chance(0.3)) {
      node.set(key)
      return
    }
    const scope = random.pick(isRich ? RICH_SCOPES : SCOPES)
    const isAwaited = random.chance(0.2)
    node.invalidate(scope, { isAwaited, isSoft: isRich && random.chance(0.3) })
  })
}

/** Ends all faults, waits, and reads everything everywhere, on a fresh node too. */
function heal(stage: Stage): void {
  const { nodes, servers, time, history } = stage
  for (const one of [servers, stage.values]) if (one.primary === undefined) one.failOver()
  const healAtMs = Math.max(time.nowMs, servers.primary?.frozenUntilMs ?? 0)
  time.runUntil(healAtMs)
  for (const node of nodes) {
    node.resume()
    Object.assign(node.link, {
      losesRequests: false,
      losesAnswers: false,
      isCut: false,
      losesDoorbells: false,
      maxDelayMs: 1,
    })
  }
  time.runUntil(healAtMs + HEALING_MS - 500)
  spawn(stage)
  time.runUntil(healAtMs + HEALING_MS)
  const isAlive = (name: string): boolean => nodes.some((one) => one.name === name && one.isAlive)
  for (const node of nodes) {
    if (!node.isAlive) continue
    if (node.pendingMarks > 0)
      history.fail(5, `${node.name} still has ${node.pendingMarks} marks in its outbox`)
    for (const { key } of MEMBERS) finalRead(stage, node, key, isAlive)
  }
  time.runUntil(healAtMs + HEALING_MS + 9000)
}

function finalRead(
  { history }: Stage,
  node: SimulatedNode,
  key: CacheKey,
  isAlive: (name: string) => boolean,
): void {
  node.post(() => {
    const started = history.readStarted(node.name, key, 'fresh')
    node.tiers.read(key, (answer) => {
      if (answer === undefined) return
      history.readEnded(started, answer)
      history.finalRead(node.name, key, answer.version, isAlive)
    })
  })
}
