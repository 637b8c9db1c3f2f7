/**
 * Snapshots as files. What is removed here is removed for good: the folder is synced, too, so that no
 * loss of power brings back a file that invalidations have outdated.
 */
import { randomBytes } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorText } from '../../core/exceptions/error-text.ts'
import type { CacheSerializer } from '../../core/protocols/cache-serializer.ts'
import type {
  SnapshotHeader,
  SnapshotStore,
  SnapshotTaking,
  SnapshotWriter,
} from '../../core/protocols/cache-snapshot.ts'
import { FileSnapshotReader } from './file-snapshot-reader.ts'
import { FileSnapshotWriter } from './file-snapshot-writer.ts'
import { snapshotFailure } from './snapshot-failure.ts'
import {
  FORMAT_VERSION,
  FRAME_HEAD_BYTES,
  frameBytesOf,
  MAGIC,
  PREAMBLE_BYTES,
  readFrame,
} from './snapshot-frame.ts'
import { readHeader } from './snapshot-outline.ts'

/** Enough for every header: the names in it are short. */
const BEGINNING_BYTES = 4096
/** Files that a killed process left behind are removed once nobody can be writing them any more. */
const LEFTOVER_AFTER_MS = 600_000
const TEMPORARY = '.tmp-'
const TAKEN = '.taken-'

/** What a beginning says: `foreign` is for somebody else, `unusable` for nobody. */
type Beginning =
  | { readonly kind: 'fitting'; readonly header: SnapshotHeader }
  | { readonly kind: 'foreign'; readonly reason: string }
  | { readonly kind: 'unusable'; readonly reason: string }

export class FileSnapshotStore implements SnapshotStore {
  readonly #serializer: CacheSerializer

  constructor(serializer: CacheSerializer) {
    this.#serializer = serializer
  }

  async create(path: string, header: SnapshotHeader, keepsOlder: boolean): Promise<SnapshotWriter> {
    try {
      await refuseOverwriting(path)
      if (!keepsOlder) this.remove(path)
    } catch (cause) {
      throw snapshotFailure(path, cause)
    }
    await removeLeftovers(path)
    return FileSnapshotWriter.create(path, besides(path, TEMPORARY), header, this.#serializer)
  }

  take(path: string, cacheName: string): SnapshotTaking {
    let file: number
    try {
      // Not to wait for the other end if it is a pipe.
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      if (isAbsence(error)) return { kind: 'absent' }
      return refused(`it cannot be read: ${errorText(error)}`, true)
    }
    const taking = this.#takeOpen(path, file, cacheName)
    if (taking.kind !== 'taken') closeSync(file)
    return taking
  }

  remove(path: string): void {
    try {
      unlinkSync(path)
    } catch (error) {
      if (isAbsence(error)) return
      // Where the folder can't be changed the file may still be; empty it is no snapshot.
      emptyFile(path)
    }
    syncFolder(path)
  }

  #takeOpen(path: string, file: number, cacheName: string): SnapshotTaking {
    try {
      const identity = fstatSync(file, { bigint: true })
      if (!identity.isFile()) return refused('it is not a file', false)
      // As `remove` leaves it where nothing else is possible.
      if (identity.size === 0n) return { kind: 'absent' }
      const beginning = this.#beginningOf(file, cacheName)
      if (beginning.kind === 'foreign') return refused(beginning.reason, false)
      // Also what is of no use: a later start that could read it would restore what is outdated by then.
      if (!claim(path, identity)) return refused('another process has taken or replaced it', false)
      if (beginning.kind === 'unusable') return refused(beginning.reason, false)
      const snapshot = new FileSnapshotReader(file, beginning.header, this.#serializer)
      return { kind: 'taken', snapshot }
    } catch (error) {
      return refused(`it cannot be read and removed: ${errorText(error)}`, true)
    }
  }

  #beginningOf(file: number, cacheName: string): Beginning {
    const bytes = Buffer.alloc(BEGINNING_BYTES)
    const beginning = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0))
    if (!isSnapshot(beginning)) return { kind: 'foreign', reason: 'it is not a snapshot' }
    if (beginning.length < PREAMBLE_BYTES + FRAME_HEAD_BYTES) return unusable('it ends too early')
    const version = beginning.readUInt32LE(MAGIC.length)
    if (version !== FORMAT_VERSION) {
      return unusable(`it has the format ${version}, and this version reads ${FORMAT_VERSION}`)
    }
    try {
      return this.#headerOf(beginning.subarray(PREAMBLE_BYTES), cacheName)
    } catch (error) {
      return unusable(error instanceof Error ? error.message : errorText(error))
    }
  }

  /** @throws Error with the reason */
  #headerOf(bytes: Buffer, cacheName: string): Beginning {
    const frameBytes = frameBytesOf(bytes)
    if (frameBytes > bytes.length) throw new Error('it is torn or corrupted at its beginning')
    const frame = readFrame(bytes.subarray(0, frameBytes), PREAMBLE_BYTES)
    const { header, serializerId } = readHeader(frame)
    if (header.cacheName !== cacheName) {
      return { kind: 'foreign', reason: `it is of another cache, ${header.cacheName}` }
    }
    if (serializerId !== this.#serializer.id) {
      return unusable(`its values were written by serializer ${serializerId}`)
    }
    return { kind: 'fitting', header }
  }
}

function refused(reason: string, isLeft: boolean): SnapshotTaking {
  return { kind: 'refused', reason, isLeft }
}

function unusable(reason: string): Beginning {
  return { kind: 'unusable', reason }
}

function besides(path: string, suffix: string): string {
  return `${path}${suffix}${randomBytes(8).toString('hex')}`
}

function isSnapshot(beginning: Buffer): boolean {
  return beginning.subarray(0, MAGIC.length).equals(MAGIC)
}

/** There is nothing, or a part of the path is no folder. */
function isAbsence(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/**
 * Removes the file for good; false if what had this name was no longer the file that is open. Only who
 * got hold of the name may remove what it names, since another process may be putting a new file there.
 */
function claim(path: string, identity: BigIntStats): boolean {
  const takenPath = besides(path, TAKEN)
  try {
    renameSync(path, takenPath)
  } catch (error) {
    if (isAbsence(error)) return false
    throw error
  }
  const taken = statSync(takenPath, { bigint: true })
  // A newer one goes, too: its owner may have meant to remove it just now, and have found nothing.
  unlinkSync(takenPath)
  syncFolder(path)
  return taken.dev === identity.dev && taken.ino === identity.ino
}

/** Throws if that can't be done either. */
function emptyFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    ftruncateSync(file, 0)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncFolder(path: string): void {
  try {
    const folder = openSync(dirname(path), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // Not every system can; then it is as safe as the system makes it.
  }
}

/** Throws if something is there that isn't a snapshot: a wrong path in a setting should cost nobody a file. */
async function refuseOverwriting(path: string): Promise<void> {
  const beginning = Buffer.alloc(MAGIC.length)
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size } = await file.stat()
      await file.read(beginning, 0, beginning.length, 0)
      if (size === 0) return
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isAbsence(error)) return
    throw error
  }
  if (!isSnapshot(beginning)) throw new Error('something else than a snapshot is there')
}

async function removeLeftovers(path: string): Promise<void> {
  const prefixes = [TEMPORARY, TAKEN].map((suffix) => `${basename(path)}${suffix}`)
  try {
    for (const name of await readdir(dirname(path))) {
      if (!prefixes.some((prefix) => name.startsWith(prefix))) continue
      const leftover = join(dirname(path), name)
      const { mtimeMs } = await stat(leftover)
      if (Date.now() - mtimeMs > LEFTOVER_AFTER_MS) await rm(leftover, { force: true })
    }
  } catch {
    // They only cost space, and another save tries again.
  }
}
