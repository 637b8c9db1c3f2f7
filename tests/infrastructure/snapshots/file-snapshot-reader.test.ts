import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { GOLDEN } from './golden-snapshot.ts'
import { readFileOnce, SOME, saveFile, snapshotFolder } from './snapshot-files.ts'

/** Each file is synced, and its folder. */
const SLOW_DISK_MS = 60_000

let place: ReturnType<typeof snapshotFolder>

beforeEach(() => {
  place = snapshotFolder()
})

afterEach(() => place.remove())

/** What may become of bytes on a disk, and more. */
function damageTo(whole: Buffer): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  const offset = fc.nat({ max: whole.length })
  const cut = fc.tuple(offset, offset).map(([from, to]) => {
    return (bytes: Buffer) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  })
  const repeated = fc.tuple(offset, offset, offset).map(([at, from, to]) => {
    return (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)])
  })
  const overwritten = fc.tuple(offset, fc.uint8Array()).map(([at, written]) => {
    return (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, at), written, bytes.subarray(at + written.length)])
  })
  return fc.oneof(cut, repeated, overwritten)
}

describe('FileSnapshotReader', () => {
  it('keeps bytes in a value apart from those of other values', async () => {
    const value = { small: Buffer.from('small'), floats: new Float64Array([1.5]) }
    await saveFile(place.path, [entryFixture({ key: 'a', value }), entryFixture({ key: 'b' })])
    const read = await readFileOnce(place.path)
    if (typeof read === 'string') throw new Error(read)
    const [record] = read.records['fixtures'] ?? []
    expect(record?.value).toStrictEqual(value)
    const { small } = (record?.value ?? value) as typeof value // The line above says so.
    expect(small.buffer).not.toBe(value.small.buffer)
    expect(Buffer.from(small.buffer).includes('fixtures')).toBe(false)
  })

  it('holds values larger than what is read and written at once', async () => {
    const value = 'x'.repeat(1_000_000)
    const entries = ['a', 'b', 'c'].map((key) => entryFixture({ key, value: `${key}${value}` }))
    await saveFile(place.path, entries)
    const read = await readFileOnce(place.path)
    if (typeof read === 'string') throw new Error(read)
    expect(read.records['fixtures']?.map((record) => record.value)).toEqual(
      entries.map((entry) => entry.value),
    )
  })

  it('holds many small entries, more than are read at once', async () => {
    const entries = Array.from({ length: 5000 }, (_, at) =>
      entryFixture({ key: `k:${at}`, value: at }),
    )
    await saveFile(place.path, entries)
    const read = await readFileOnce(place.path)
    if (typeof read === 'string') throw new Error(read)
    expect(read.records['fixtures']?.map((record) => record.value)).toEqual(
      entries.map((_, at) => at),
    )
  })

  it('refuses, and hands nothing out of, a file that ends at any byte but its last', {
    timeout: SLOW_DISK_MS,
  }, async () => {
    const size = await saveFile(place.path, SOME.slice(1))
    const whole = readFileSync(place.path)
    for (let length = 0; length < size; length += 1) {
      writeFileSync(place.path, whole.subarray(0, length))
      expect(await readFileOnce(place.path)).toBeTypeOf('string')
    }
    writeFileSync(place.path, whole)
    expect(await readFileOnce(place.path)).toBeTypeOf('object')
  })

  it('refuses a file with anything behind its end', async () => {
    await saveFile(place.path, SOME.slice(1))
    const whole = readFileSync(place.path)
    for (const extra of [Buffer.from([0]), whole, Buffer.alloc(100_000)]) {
      writeFileSync(place.path, Buffer.concat([whole, extra]))
      expect(await readFileOnce(place.path)).toBeTypeOf('string')
    }
  })

  it('refuses a file with any single byte changed', { timeout: SLOW_DISK_MS }, async () => {
    const size = await saveFile(place.path, SOME.slice(1))
    const whole = readFileSync(place.path)
    for (let at = 0; at < size; at += 1) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(place.path, changed)
      expect(await readFileOnce(place.path)).toBeTypeOf('string')
    }
  })

  it('refuses whatever else becomes of a file: cut, flipped, repeated, shuffled', {
    timeout: SLOW_DISK_MS,
  }, async () => {
    await saveFile(place.path, SOME.slice(1))
    const whole = readFileSync(place.path)
    await fc.assert(
      fc.asyncProperty(
        fc.array(damageTo(whole), { minLength: 1, maxLength: 4 }),
        async (damages) => {
          const bytes = damages.reduce<Buffer>((before, damage) => damage(before), whole)
          writeFileSync(place.path, bytes)
          const read = await readFileOnce(place.path)
          if (bytes.equals(whole)) expect(read).toBeTypeOf('object')
          else expect(read).toBeTypeOf('string')
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads the first format, as it was written on Node 20', async () => {
    copyFileSync('tests/golden/snapshot-1.snapshot', place.path)
    expect(await readFileOnce(place.path)).toStrictEqual({
      ...GOLDEN,
      sections: GOLDEN.sections.map((section) => ({ ...section, records: expect.any(Function) })),
    })
  })
})
