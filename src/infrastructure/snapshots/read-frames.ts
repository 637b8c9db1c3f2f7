import { read } from 'node:fs'
import { promisify } from 'node:util'
import {
  FRAME_HEAD_BYTES,
  frameBytesOf,
  MAX_PAYLOAD_BYTES,
  readFrame,
  type SnapshotFrame,
} from './snapshot-frame.ts'

/** Bytes read at once, well under a millisecond of work. Each reading has a buffer of its own, since frames point into it. */
const CHUNK_BYTES = 32 * 1024

const readFile = promisify(read)

/** Frames that stand one behind the other in the file, at least one. */
export interface FrameRun {
  readonly frames: readonly SnapshotFrame[]
  /** All of their bytes. */
  readonly bytes: Buffer
}

/**
 * The frames from one offset of an open file to another, some at a time; the event loop runs in between.
 *
 * @throws Error with the reason if they don't end where they should, or a CRC isn't right
 */
export async function* readFrames(
  file: number,
  startOffset: number,
  endOffset: number,
): AsyncGenerator<FrameRun> {
  let offset = startOffset
  while (offset < endOffset) {
    const chunk = await readBytes(file, offset, Math.min(CHUNK_BYTES, endOffset - offset))
    const run = runIn(chunk, offset)
    const next = run.frames.length > 0 ? run : await readLarge(file, { chunk, offset, endOffset })
    yield next
    offset += next.bytes.length
  }
}

/** The frames that are whole in the chunk. */
function runIn(chunk: Buffer, offset: number): FrameRun {
  const frames: SnapshotFrame[] = []
  let at = 0
  while (at + FRAME_HEAD_BYTES <= chunk.length) {
    const endAt = at + frameBytesOf(chunk.subarray(at))
    if (endAt > chunk.length) break
    frames.push(readFrame(chunk.subarray(at, endAt), offset + at))
    at = endAt
  }
  return { frames, bytes: chunk.subarray(0, at) }
}

/** One frame that is larger than a chunk. */
async function readLarge(
  file: number,
  where: { readonly chunk: Buffer; readonly offset: number; readonly endOffset: number },
): Promise<FrameRun> {
  const { chunk, offset, endOffset } = where
  const frameBytes = chunk.length < FRAME_HEAD_BYTES ? FRAME_HEAD_BYTES : frameBytesOf(chunk)
  // Nothing is allocated for what the file doesn't have.
  if (offset + frameBytes > endOffset || frameBytes > FRAME_HEAD_BYTES + MAX_PAYLOAD_BYTES) {
    throw torn(offset)
  }
  const bytes = await readBytes(file, offset, frameBytes)
  return { frames: [readFrame(bytes, offset)], bytes }
}

async function readBytes(file: number, offset: number, count: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(count)
  let have = 0
  while (have < count) {
    const { bytesRead } = await readFile(file, buffer, have, count - have, offset + have)
    if (bytesRead === 0) throw torn(offset + have)
    have += bytesRead
  }
  return buffer
}

function torn(offset: number): Error {
  return new Error(`it is torn at byte ${offset}`)
}
