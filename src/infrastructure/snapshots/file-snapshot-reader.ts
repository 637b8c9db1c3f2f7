import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync } from 'node:fs'
import type { CacheSerializer } from '../../core/protocols/cache-serializer.ts'
import type {
  CacheSnapshot,
  SnapshotHeader,
  SnapshotRecord,
  SnapshotSection,
  TakenSnapshot,
} from '../../core/protocols/cache-snapshot.ts'
import { type FrameRun, readFrames } from './read-frames.ts'
import { PREAMBLE_BYTES, preamble, SNAPSHOT_FRAME, type SnapshotFrame } from './snapshot-frame.ts'
import { readHeader, type SectionPlace, SnapshotOutline } from './snapshot-outline.ts'
import { snapshotRecord } from './snapshot-record.ts'

/** A snapshot file that is open and has no name any more, so that nobody else can open it. */
export class FileSnapshotReader implements TakenSnapshot {
  readonly header: SnapshotHeader
  readonly #file: number
  readonly #serializer: CacheSerializer
  readonly #sizeBytes: number
  #isClosed = false

  /** @param file a descriptor, which is closed with the reader */
  constructor(file: number, header: SnapshotHeader, serializer: CacheSerializer) {
    this.header = header
    this.#file = file
    this.#serializer = serializer
    this.#sizeBytes = fstatSync(file).size
  }

  async verify(): Promise<CacheSnapshot> {
    const outline = new SnapshotOutline()
    const hash = createHash('sha256').update(preamble())
    let isFirst = true
    for await (const run of readFrames(this.#file, PREAMBLE_BYTES, this.#sizeBytes)) {
      const frames = isFirst ? run.frames.slice(1) : run.frames
      // The header was read when the file was taken, and stands nowhere else.
      if (isFirst) readHeader(run.frames[0] as SnapshotFrame) // There is at least one.
      isFirst = false
      for (const frame of frames) outline.note(frame)
      addTo(hash, run)
    }
    const { headSeq, digest, marks, dependencies } = outline
    if (headSeq === undefined || digest === undefined) throw new Error('it ends too early')
    if (!hash.digest().equals(digest)) throw new Error('it is corrupted')
    const sections = outline.sections.map((place) => this.#section(place))
    return { sections, headSeq, marks, dependencies }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    closeSync(this.#file)
  }

  #section(place: SectionPlace): SnapshotSection {
    const { namespace, entries } = place
    return { namespace, entries, records: () => this.#records(place) }
  }

  async *#records(place: SectionPlace): AsyncGenerator<Iterable<SnapshotRecord>> {
    const deserialize = (bytes: Uint8Array): unknown => this.#serializer.deserialize(bytes)
    for await (const { frames } of readFrames(this.#file, place.startOffset, place.endOffset)) {
      yield recordsOf(frames, deserialize)
    }
  }
}

function* recordsOf(
  frames: readonly SnapshotFrame[],
  deserialize: (bytes: Uint8Array) => unknown,
): Generator<SnapshotRecord> {
  for (const { payload } of frames) yield snapshotRecord(payload, deserialize)
}

/** The end is the last frame, and holds what all before it amounts to. */
function addTo(hash: Hash, { frames, bytes }: FrameRun): void {
  const first = frames[0]
  const last = frames.at(-1)
  const isEnd = last?.kind === SNAPSHOT_FRAME.end && first !== undefined
  hash.update(isEnd ? bytes.subarray(0, last.offset - first.offset) : bytes)
}
