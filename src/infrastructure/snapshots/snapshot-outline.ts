/**
 * What lies where in a snapshot: first the header, then the entries of one namespace after the other,
 * then the tail (marks, dependencies, a position), then the end with the number of entries and the
 * SHA-256 of all before it. Anything else is refused.
 */
import type { InvalidationScope } from '../../core/entities/invalidation-mark.ts'
import type {
  SnapshotDependency,
  SnapshotHeader,
  SnapshotMark,
} from '../../core/protocols/cache-snapshot.ts'
import { parseCacheKey } from '../../core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../core/value-objects/cache-tag.ts'
import { FRAME_HEAD_BYTES, jsonOf, SNAPSHOT_FRAME, type SnapshotFrame } from './snapshot-frame.ts'

const DIGEST_BYTES = 32

/** Where the entries of a namespace lie. */
export interface SectionPlace {
  readonly namespace: string
  readonly startOffset: number
  endOffset: number
  entries: number
}

export class SnapshotOutline {
  readonly sections: SectionPlace[] = []
  readonly marks: SnapshotMark[] = []
  readonly dependencies: SnapshotDependency[] = []
  headSeq: number | undefined
  /** What the end says of all before it; `undefined` until there was an end. */
  digest: Buffer | undefined
  #entries = 0
  #isAtTail = false

  /** Notes the next frame. @throws Error with the reason if it has no business there */
  note(frame: SnapshotFrame): void {
    if (this.digest !== undefined) throw misplaced(frame)
    switch (frame.kind) {
      case SNAPSHOT_FRAME.namespace:
        this.#noteNamespace(frame)
        return
      case SNAPSHOT_FRAME.entry:
        this.#noteEntry(frame)
        return
      case SNAPSHOT_FRAME.mark:
        this.#endSections(frame)
        this.marks.push(markOf(jsonOf(frame.payload)))
        return
      case SNAPSHOT_FRAME.dependency:
        this.#endSections(frame)
        this.dependencies.push(dependencyOf(jsonOf(frame.payload)))
        return
      case SNAPSHOT_FRAME.position:
        this.#endSections(frame)
        this.headSeq = seqOf(jsonOf(frame.payload))
        return
      case SNAPSHOT_FRAME.end:
        this.#noteEnd(frame)
        return
      default:
        throw misplaced(frame)
    }
  }

  #noteNamespace(frame: SnapshotFrame): void {
    const namespace = frame.payload.toString('utf8')
    if (this.#isAtTail || this.sections.some((section) => section.namespace === namespace)) {
      throw misplaced(frame)
    }
    this.#endSection(frame)
    const startOffset = offsetAfter(frame)
    this.sections.push({ namespace, startOffset, endOffset: startOffset, entries: 0 })
  }

  #noteEntry(frame: SnapshotFrame): void {
    const section = this.sections.at(-1)
    if (section === undefined || this.#isAtTail) throw misplaced(frame)
    section.entries += 1
    this.#entries += 1
  }

  #noteEnd(frame: SnapshotFrame): void {
    this.#endSections(frame)
    const { payload } = frame
    if (payload.length !== 8 + DIGEST_BYTES || this.headSeq === undefined) throw misplaced(frame)
    if (payload.readDoubleLE(0) !== this.#entries) throw new Error('entries of it are missing')
    this.digest = payload.subarray(8)
  }

  #endSections(frame: SnapshotFrame): void {
    if (!this.#isAtTail) this.#endSection(frame)
    this.#isAtTail = true
  }

  #endSection(frame: SnapshotFrame): void {
    const section = this.sections.at(-1)
    if (section !== undefined) section.endOffset = frame.offset
  }
}

/** What a header is written as. */
export function headerContent(header: SnapshotHeader, serializer: SerializerName): object {
  return {
    cache: header.cacheName,
    savedAtMs: header.savedAtMs,
    generation: header.head.generation,
    seq: header.head.seq,
    sharedLog: header.isSharedLog,
    serializer: serializer.name,
    serializerId: serializer.id,
    node: serializer.node,
  }
}

/** Who made the bytes of the values; `node` is for people who wonder why values can't be read. */
export interface SerializerName {
  readonly id: number
  readonly name: string
  readonly node: string
}

/**
 * The header that a frame says, and the id of the serializer of its values.
 *
 * @throws Error with the reason if it isn't one
 */
export function readHeader(frame: SnapshotFrame): {
  readonly header: SnapshotHeader
  readonly serializerId: number
} {
  const content = frame.kind === SNAPSHOT_FRAME.header ? jsonOf(frame.payload) : undefined
  const { cache, savedAtMs, generation, seq, sharedLog, serializerId } = fieldsOf(content)
  if (typeof cache !== 'string' || typeof generation !== 'string') throw strange('header')
  if (typeof savedAtMs !== 'number' || typeof serializerId !== 'number') throw strange('header')
  if (typeof sharedLog !== 'boolean') throw strange('header')
  const head = { generation, seq: seqOf({ seq }) }
  return { header: { cacheName: cache, savedAtMs, head, isSharedLog: sharedLog }, serializerId }
}

/** The seq in `{"seq":42}`. */
function seqOf(content: unknown): number {
  const { seq } = fieldsOf(content)
  if (typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0) return seq
  throw strange('position')
}

function markOf(content: unknown): SnapshotMark {
  const { namespace, soft, scope } = fieldsOf(content)
  if (typeof namespace !== 'string' || typeof soft !== 'boolean') throw strange('mark')
  return { namespace, soft, seq: seqOf(content), scope: scopeOf(fieldsOf(scope)) }
}

function scopeOf(scope: Fields): InvalidationScope {
  switch (scope['kind']) {
    case 'key':
      return { kind: 'key', key: parseCacheKey(scope['key']) }
    case 'prefix':
      return { kind: 'prefix', prefix: textOf(scope['prefix']) }
    case 'pattern':
      return { kind: 'pattern', pattern: textOf(scope['pattern']) }
    case 'regex':
      return { kind: 'regex', regex: textOf(scope['regex']) }
    case 'tag':
      return { kind: 'tag', tag: parseCacheTag(scope['tag']) }
    case 'dependency':
      return {
        kind: 'dependency',
        dependency: parseDependencyName(scope['dependency']),
        closure: listOf(scope['closure']).map(parseDependencyName),
      }
    case 'namespace':
      return { kind: 'namespace' }
    default:
      throw strange('mark')
  }
}

function dependencyOf(content: unknown): SnapshotDependency {
  const { dependent, dependsOn } = fieldsOf(content)
  return {
    dependent: parseDependencyName(dependent),
    dependsOn: listOf(dependsOn).map(parseDependencyName),
  }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(content: unknown): Fields {
  if (typeof content === 'object' && content !== null) return content as Fields // An object has fields, whichever.
  throw strange('frame')
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw strange('mark')
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw strange('dependency')
}

function offsetAfter(frame: SnapshotFrame): number {
  return frame.offset + FRAME_HEAD_BYTES + frame.payload.length
}

function misplaced(frame: SnapshotFrame): Error {
  return new Error(`it has a frame that does not belong at byte ${frame.offset}`)
}

function strange(what: string): Error {
  return new Error(`it has a ${what} that nobody wrote`)
}
