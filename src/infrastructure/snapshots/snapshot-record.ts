/** The payload of an entry's frame: numbers, texts with their lengths, and the value's bytes up to its end. */
import type { CacheEntry } from '../../core/entities/cache-entry.ts'
import type { SnapshotRecord } from '../../core/protocols/cache-snapshot.ts'
import { parseCacheKey } from '../../core/value-objects/cache-key.ts'
import { CACHE_PRIORITIES, priorityRank } from '../../core/value-objects/cache-priority.ts'
import { parseCacheTags, parseDependencyNames } from '../../core/value-objects/cache-tag.ts'
import type { CacheTtl } from '../../core/value-objects/cache-ttl.ts'
import type { DurationMs } from '../../core/value-objects/duration.ts'
import { type FrameBuffer, SNAPSHOT_FRAME } from './snapshot-frame.ts'

/** By their place: the two bits of a record that say what kind of TTL it has. */
const TTL_KINDS = ['never', 'instant', 'span', 'until'] as const
const PRIORITY_MASK = 3
const TTL_SHIFT = 2
const SLIDING = 1 << 4
const SOFT = 1 << 5
const MAX_COUNT = 0xffff_ffff

/** Adds the frame of an entry. `birth` is kept as its `seq`: all are of the generation in the header. */
export function writeSnapshotRecord(
  frames: FrameBuffer,
  entry: CacheEntry,
  value: Uint8Array,
): void {
  frames.begin(SNAPSHOT_FRAME.entry)
  frames.putByte(
    priorityRank(entry.priority) |
      (TTL_KINDS.indexOf(entry.ttl.kind) << TTL_SHIFT) |
      (entry.slidingTtlMs === undefined ? 0 : SLIDING) |
      (entry.isSoftInvalidated ? SOFT : 0),
  )
  frames.putDouble(entry.createdAtMs)
  frames.putDouble(entry.expiresAtMs)
  frames.putDouble(entry.staleUntilMs)
  frames.putDouble(ttlNumber(entry.ttl))
  frames.putDouble(entry.slidingTtlMs ?? 0)
  frames.putDouble(entry.birth.seq)
  frames.putUint32(Math.min(entry.accessCount, MAX_COUNT))
  frames.putText(entry.key)
  putNames(frames, entry.tags)
  putNames(frames, entry.dependsOn)
  frames.putBytes(value)
  frames.end()
}

/**
 * The record in the payload of an entry's frame.
 *
 * @param deserialize makes a value that shares no memory with the bytes
 * @throws Error for what no writer writes
 */
export function snapshotRecord(
  payload: Buffer,
  deserialize: (bytes: Uint8Array) => unknown,
): SnapshotRecord {
  const reader = new PayloadReader(payload)
  const flags = reader.byte()
  const [createdAtMs, expiresAtMs, staleUntilMs] = [
    reader.double(),
    reader.double(),
    reader.double(),
  ]
  const [ttlMs, slidingMs, birthSeq] = [reader.double(), reader.double(), reader.double()]
  const accessCount = reader.uint32()
  if ([createdAtMs, expiresAtMs, staleUntilMs].some(Number.isNaN)) throw strange('an instant')
  if (!Number.isSafeInteger(birthSeq) || birthSeq < 0) throw strange('a birth')
  return {
    key: parseCacheKey(reader.text()),
    priority: CACHE_PRIORITIES[flags & PRIORITY_MASK] ?? 'medium',
    ttl: ttlOf(TTL_KINDS[(flags >> TTL_SHIFT) & 3], ttlMs),
    tags: parseCacheTags(reader.names(), 'tags'),
    dependsOn: parseDependencyNames(reader.names(), 'dependsOn'),
    createdAtMs,
    expiresAtMs,
    staleUntilMs,
    slidingTtlMs: (flags & SLIDING) === 0 ? undefined : spanOf(slidingMs),
    isSoftInvalidated: (flags & SOFT) !== 0,
    accessCount,
    birthSeq,
    value: () => deserialize(reader.rest()),
  }
}

class PayloadReader {
  readonly #payload: Buffer
  #at = 0

  constructor(payload: Buffer) {
    this.#payload = payload
  }

  byte(): number {
    this.#at += 1
    return this.#payload.readUInt8(this.#at - 1)
  }

  uint32(): number {
    this.#at += 4
    return this.#payload.readUInt32LE(this.#at - 4)
  }

  double(): number {
    this.#at += 8
    return this.#payload.readDoubleLE(this.#at - 8)
  }

  text(): string {
    const startAt = this.#at + 2
    this.#at = startAt + this.#payload.readUInt16LE(this.#at)
    if (this.#at > this.#payload.length) throw strange('a text')
    return this.#payload.toString('utf8', startAt, this.#at)
  }

  names(): string[] {
    return Array.from({ length: this.byte() }, () => this.text())
  }

  rest(): Buffer {
    return this.#payload.subarray(this.#at)
  }
}

/** At most 64, as everywhere. */
function putNames(frames: FrameBuffer, names: readonly string[]): void {
  frames.putByte(names.length)
  for (const name of names) frames.putText(name)
}

function ttlNumber(ttl: CacheTtl): number {
  if (ttl.kind === 'span') return ttl.ms
  return ttl.kind === 'until' ? ttl.atMs : 0
}

function ttlOf(kind: CacheTtl['kind'] | undefined, value: number): CacheTtl {
  switch (kind) {
    case 'span':
      return { kind, ms: spanOf(value) }
    case 'until':
      if (Number.isNaN(value)) throw strange('an instant')
      return { kind, atMs: value }
    case 'never':
    case 'instant':
      return { kind }
    case undefined:
      throw strange('a TTL')
  }
}

function spanOf(ms: number): DurationMs {
  if (Number.isSafeInteger(ms) && ms >= 0) return ms as DurationMs // Checked by this line.
  throw strange('a span')
}

function strange(what: string): Error {
  return new Error(`it has ${what} that nobody wrote`)
}
