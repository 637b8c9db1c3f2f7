import { createHash, type Hash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import type { CacheEntry } from '../../core/entities/cache-entry.ts'
import type { CacheSerializer } from '../../core/protocols/cache-serializer.ts'
import type {
  SnapshotHeader,
  SnapshotTail,
  SnapshotWriter,
} from '../../core/protocols/cache-snapshot.ts'
import { snapshotFailure } from './snapshot-failure.ts'
import { FrameBuffer, MAX_PAYLOAD_BYTES, preamble, SNAPSHOT_FRAME } from './snapshot-frame.ts'
import { headerContent } from './snapshot-outline.ts'
import { writeSnapshotRecord } from './snapshot-record.ts'

/** Bytes that wait at most before they are written, well under a millisecond of work. */
const FULL_BYTES = 64 * 1024
/** What of an entry isn't its value: key, tags, dependencies and numbers at their longest. */
const MAX_META_BYTES = 64 * 1024

/** Writes a snapshot under a name of its own, and puts it in its place when it is whole. */
export class FileSnapshotWriter implements SnapshotWriter {
  readonly #path: string
  readonly #temporaryPath: string
  readonly #file: FileHandle
  readonly #serializer: CacheSerializer
  readonly #frames = new FrameBuffer()
  /** Of all that was written before the tail. */
  readonly #hash: Hash = createHash('sha256')
  #entries = 0
  #recordsEndAt = 0
  #sizeBytes = 0
  #isCommitted = false
  #isClosed = false

  private constructor(
    path: string,
    temporary: { readonly path: string; readonly file: FileHandle },
    serializer: CacheSerializer,
  ) {
    this.#path = path
    this.#temporaryPath = temporary.path
    this.#file = temporary.file
    this.#serializer = serializer
  }

  /** @throws CacheError CACHE_SNAPSHOT_FAILED, as all methods here */
  static async create(
    path: string,
    temporaryPath: string,
    header: SnapshotHeader,
    serializer: CacheSerializer,
  ): Promise<FileSnapshotWriter> {
    const file = await failingAs(path, () => open(temporaryPath, 'wx', 0o600))
    const writer = new FileSnapshotWriter(path, { path: temporaryPath, file }, serializer)
    const { id, name } = serializer
    const content = headerContent(header, { id, name, node: process.versions.node })
    writer.#frames.putBytes(preamble())
    writer.#frames.putJson(SNAPSHOT_FRAME.header, content)
    return writer
  }

  get isFull(): boolean {
    return this.#frames.length >= FULL_BYTES
  }

  begin(namespace: string): void {
    this.#frames.begin(SNAPSHOT_FRAME.namespace)
    this.#frames.putBytes(Buffer.from(namespace))
    this.#frames.end()
  }

  add(entry: CacheEntry): boolean {
    const lengthBefore = this.#frames.length
    try {
      const value = this.#serializer.serialize(entry.value)
      if (value.length > MAX_PAYLOAD_BYTES - MAX_META_BYTES) return false
      writeSnapshotRecord(this.#frames, entry, value)
    } catch {
      // The caller counts it; why a value has no form in bytes is nobody's concern here.
      if (this.#frames.length > lengthBefore) this.#frames.cancel()
      return false
    }
    this.#entries += 1
    return true
  }

  async flush(): Promise<void> {
    const bytes = this.#frames.take()
    this.#hash.update(bytes)
    this.#recordsEndAt += await this.#write(bytes, this.#recordsEndAt)
  }

  async finish(tail: SnapshotTail): Promise<void> {
    await this.flush()
    const hash = this.#hash.copy()
    let endAt = this.#recordsEndAt
    for (const bytes of this.#tailOf(tail)) {
      hash.update(bytes)
      endAt += await this.#write(bytes, endAt)
    }
    this.#frames.begin(SNAPSHOT_FRAME.end)
    this.#frames.putDouble(this.#entries)
    this.#frames.putBytes(hash.digest())
    this.#frames.end()
    endAt += await this.#write(this.#frames.take(), endAt)
    // An earlier tail may have been longer.
    await failingAs(this.#path, () => this.#file.truncate(endAt))
    await failingAs(this.#path, () => this.#file.sync())
    this.#sizeBytes = endAt
  }

  commit(): number {
    try {
      renameSync(this.#temporaryPath, this.#path)
    } catch (cause) {
      throw snapshotFailure(this.#path, cause)
    }
    this.#isCommitted = true
    return this.#sizeBytes
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      await this.#file.close()
      if (!this.#isCommitted) await rm(this.#temporaryPath, { force: true })
    } catch {
      // What stays behind is removed by a later save; nothing that is used depends on it.
    }
  }

  /** The frames of the tail, some at a time. */
  *#tailOf(tail: SnapshotTail): Generator<Buffer> {
    const frames = this.#frames
    for (const mark of tail.marks) {
      frames.putJson(SNAPSHOT_FRAME.mark, mark)
      if (this.isFull) yield frames.take()
    }
    for (const dependency of tail.dependencies) {
      frames.putJson(SNAPSHOT_FRAME.dependency, dependency)
      if (this.isFull) yield frames.take()
    }
    frames.putJson(SNAPSHOT_FRAME.position, { seq: tail.headSeq })
    yield frames.take()
  }

  /** Answers how many bytes that were: all of them. */
  async #write(bytes: Buffer, position: number): Promise<number> {
    let written = 0
    while (written < bytes.length) {
      const rest = bytes.length - written
      const { bytesWritten } = await failingAs(this.#path, () =>
        this.#file.write(bytes, written, rest, position + written),
      )
      written += bytesWritten
    }
    return written
  }
}

async function failingAs<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    throw snapshotFailure(path, cause)
  }
}
