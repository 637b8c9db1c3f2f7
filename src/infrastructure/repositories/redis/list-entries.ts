import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { EntryPage } from '../../../core/protocols/cache-repository.ts'
import { RedisFailure, type RedisTransport } from '../../../core/protocols/redis-transport.ts'
import type { SharedStorePorts } from '../../../core/protocols/shared-store.ts'
import { type CacheKey, parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { wordText } from '../redis-scripts/words-of.ts'
import type { EntryFrames } from './entry-frames.ts'
import { answered, unavailable } from './unavailable.ts'

export interface ListEntriesPorts extends SharedStorePorts {
  readonly transport: RedisTransport
  readonly frames: EntryFrames
}

/** Where a listing stands. */
interface ListingPlace {
  /** The node that is looked through; `undefined`: all were. */
  readonly node: string | undefined
  /** Where in its keys; `undefined`: at their beginning. */
  readonly scan: string | undefined
  /** What was found already and hadn't room in the last page. */
  readonly rest: readonly CacheKey[]
}

const ASKED = 'list entries'
/** Most pages of the server that one page here takes: among other people's keys it may be short. */
const MAX_SCANS = 50
const MAX_COUNT = 1000

/**
 * A page of the entries of a namespace, by `SCAN` over all primaries. A key that is there all the time comes
 * at least once, and twice only if the server's table was resized meanwhile.
 *
 * @throws CacheError CACHE_REPOSITORY_UNAVAILABLE, CACHE_CURSOR_INVALID
 */
export async function listEntries(
  ports: ListEntriesPorts,
  limit: number,
  cursor: string | undefined,
): Promise<EntryPage> {
  const nodes = primariesOf(ports.transport)
  let place = cursor === undefined ? startOf(nodes) : placeOf(cursor)
  const found = new Set(place.rest)
  let countOfScan = limit
  for (let scans = 0; found.size < limit && place.node !== undefined && scans < MAX_SCANS; ) {
    const before = found.size
    place = await scanOn(ports, place, { nodes, found, count: countOfScan })
    scans += 1
    // Few were ours: look at more at a time. Else no more than there is room for.
    const isSparse = (found.size - before) * 2 < countOfScan
    countOfScan = isSparse ? Math.min(countOfScan * 2, MAX_COUNT) : Math.max(1, limit - found.size)
  }
  const keys = [...found]
  const rest = keys.slice(limit)
  const isOver = place.node === undefined && rest.length === 0
  return {
    entries: await entriesOf(ports, keys.slice(0, limit)),
    cursor: isOver ? undefined : cursorOf({ ...place, rest }),
  }
}

async function scanOn(
  { transport, frames, onFault }: ListEntriesPorts,
  place: ListingPlace,
  into: {
    readonly nodes: readonly string[]
    readonly found: Set<CacheKey>
    readonly count: number
  },
): Promise<ListingPlace> {
  const { node = '' } = place
  const match = frames.names.pattern('')
  const page = await transport.scan(node, place.scan, { match, count: into.count })
  if (page instanceof RedisFailure) throw unavailable(ASKED, page)
  for (const bytes of page.keys) {
    const name = wordText(bytes)
    const key = frames.names.keyOf(name)
    if (key !== undefined) into.found.add(key)
    else onFault(undefined, 'left it out of a listing', unavailable(ASKED, `${name} is no key`))
  }
  if (page.cursor !== undefined) return { node, scan: page.cursor, rest: [] }
  return { node: into.nodes.find((id) => id > node), scan: undefined, rest: [] }
}

/** What was removed meanwhile is left out, and so is what is no entry. */
async function entriesOf(
  { transport, frames }: ListEntriesPorts,
  keys: readonly CacheKey[],
): Promise<readonly CacheEntry[]> {
  const { replies } = await transport.send(
    keys.map((key) => {
      const name = frames.names.value(key)
      return { args: ['GET', name], key: name, isRead: true }
    }),
  )
  return keys.flatMap((key, at) => {
    const reply = replies[at] ?? null
    const isForeign = reply instanceof RedisFailure && reply.code === 'WRONGTYPE'
    const bytes = isForeign ? null : answered(ASKED, reply)
    const entry = bytes instanceof Uint8Array ? frames.read(key, bytes) : undefined
    return entry === undefined ? [] : [entry]
  })
}

/** The ids of all servers that have values of their own, in the order of a listing. */
export function primariesOf(transport: RedisTransport): readonly string[] {
  const nodes = transport.status().nodes.filter(({ role }) => role !== 'replica')
  return nodes.map(({ id }) => id).sort()
}

/** @throws CacheError CACHE_REPOSITORY_UNAVAILABLE if no server is known */
function startOf([first]: readonly string[]): ListingPlace {
  if (first === undefined) throw unavailable(ASKED, 'no server is connected')
  return { node: first, scan: undefined, rest: [] }
}

function cursorOf({ node, scan, rest }: ListingPlace): string {
  return Buffer.from(JSON.stringify([node ?? null, scan ?? null, ...rest])).toString('base64url')
}

/** @throws CacheError CACHE_CURSOR_INVALID */
function placeOf(cursor: string): ListingPlace {
  try {
    const [node, scan, ...rest]: unknown[] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    )
    return { node: textOrNone(node), scan: textOrNone(scan), rest: rest.map(parseCacheKey) }
  } catch (cause) {
    throw invalidCursor(cursor, cause)
  }
}

function invalidCursor(cursor: string, cause: unknown): CacheError {
  return new CacheError(
    'CACHE_CURSOR_INVALID',
    `Cannot list entries: expected a cursor of an earlier page, got ${cursor.slice(0, 100)}`,
    { cause },
  )
}

function textOrNone(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value === null) return undefined
  throw new TypeError('expected a text')
}
