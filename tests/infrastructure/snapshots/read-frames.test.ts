import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFrames } from '../../../src/infrastructure/snapshots/read-frames.ts'
import {
  FrameBuffer,
  SNAPSHOT_FRAME,
} from '../../../src/infrastructure/snapshots/snapshot-frame.ts'
import { readFileOnce, SOME, saveFile, snapshotFolder } from './snapshot-files.ts'

let place: ReturnType<typeof snapshotFolder>

beforeEach(() => {
  place = snapshotFolder()
})

afterEach(() => place.remove())

describe('readFrames()', () => {
  it('refuses a length beyond the file without making room for it', async () => {
    await saveFile(place.path, SOME)
    const bytes = readFileSync(place.path)
    // The first frame after the header's.
    const at = 12 + 9 + bytes.readUInt32LE(12 + 4)
    bytes.writeUInt32LE(0xffff_ffff, at + 4)
    writeFileSync(place.path, bytes)
    expect(await readFileOnce(place.path)).toBe(`it is torn at byte ${at}`)
  })

  it('gives back frames of every size in their order, each with its offset', async () => {
    const frames = new FrameBuffer()
    const sizes = [0, 1, 32_758, 32_759, 32_760, 3, 200_000, 0, 70_000, 5]
    for (const [at, size] of sizes.entries()) {
      frames.begin(SNAPSHOT_FRAME.entry)
      frames.putBytes(Buffer.alloc(size, at))
      frames.end()
    }
    const bytes = frames.take()
    writeFileSync(place.path, bytes)
    const file = openSync(place.path, 'r')
    let nextOffset = 0
    const found: number[] = []
    for await (const run of readFrames(file, 0, bytes.length)) {
      expect(run.frames[0]?.offset).toBe(nextOffset)
      nextOffset += run.bytes.length
      for (const { payload } of run.frames) {
        expect(payload.every((byte) => byte === found.length)).toBe(true)
        found.push(payload.length)
      }
    }
    closeSync(file)
    expect(found).toEqual(sizes)
  })

  it('throws if the file has shrunk below the end that it was given', async () => {
    writeFileSync(place.path, 'short')
    const file = openSync(place.path, 'r')
    await expect(readFrames(file, 0, 100).next()).rejects.toThrow('it is torn at byte 5')
    closeSync(file)
  })
})
