import { serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUFFER_OVERHEAD_BYTES } from '../../../../../src/infrastructure/repositories/memory/buffer/buffer-storage.ts'
import { cellSize } from '../../../../../src/infrastructure/repositories/memory/buffer/cell-size.ts'
import { SLAB_COST_BYTES } from '../../../../../src/infrastructure/repositories/memory/buffer/size-class.ts'
import {
  META,
  NO_SLOT,
  PLACE,
} from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { playSteps, step } from './buffer-model.ts'
import { BufferStage, OTHERS_META } from './buffer-stage.ts'

const always = (): boolean => true

/** Keys of each width, around the lengths where the header grows. */
const KEYS = [
  'k',
  ...[1, 20, 21, 63, 64, 127, 128, 129, 8191, 8192, 70_000].flatMap((length) => [
    'n'.repeat(length - 1).concat('\u00ff'),
    'w'.repeat(length - 1).concat('\u0100'),
    '\u4e2d'.repeat(length),
  ]),
]

/** Every ninth key stays. */
const STAYS = 9

function value400(at: number): Buffer {
  return Buffer.alloc(400, at & 0xff)
}

function fillAndThin(stage: BufferStage, prefix: string, count: number): void {
  for (let at = 0; at < count; at += 1) stage.set(`${prefix} ${at}`, value400(at))
  for (let at = 0; at < count; at += 1) if (at % STAYS > 0) stage.delete(`${prefix} ${at}`)
}

/** The keys of those that aren't there as they should be. */
function brokenOf(stage: BufferStage, prefix: string, count: number): string[] {
  const keys = Array.from({ length: count }, (_, at) => `${prefix} ${at}`)
  return keys.filter((each, at) => {
    const found = stage.get(each)
    return at % STAYS > 0
      ? found !== undefined
      : !Buffer.isBuffer(found) || !found.equals(value400(at))
  })
}

describe('BufferStorage', () => {
  it('holds nothing at first, and nothing of what was there after clear()', () => {
    const stage = new BufferStage()
    expect(stage.storage.heldBytes).toBe(0)
    stage.set('a', 1)
    expect(stage.storage.heldBytes).toBeGreaterThan(0)
    stage.storage.clear()
    stage.slots.clear()
    expect(stage.storage.heldBytes).toBe(0)
    stage.set('b', 2)
    expect(stage.get('b')).toBe(2)
  })

  it('keeps no key as it came in', () => {
    expect(new BufferStage().storage.keepsKeys).toBe(false)
  })

  it.each(KEYS.map((key) => [key.length, key.slice(-1), key]))(
    'knows a key of %i units that ends with %s',
    (_, __, key) => {
      const stage = new BufferStage()
      const slot = stage.set(key, 'value')
      const { storage } = stage
      expect(storage.keyOf(slot)).toBe(key)
      expect(storage.hashOf(slot)).toBe(stage.hash(key))
      expect(storage.hasKey(slot, key)).toBe(true)
      expect(storage.valueOf(slot)).toBe('value')
      expect(storage.valueBytes(slot)).toBe(5)
    },
  )

  it.each(KEYS.map((key) => [key.length, key.slice(-1), key]))(
    'knows a key of %i units that ends with %s from those that are like it',
    (_, __, key) => {
      const stage = new BufferStage()
      const slot = stage.set(key, key)
      const last = key.charCodeAt(key.length - 1)
      const others = [
        '',
        key.slice(1),
        key.slice(0, -1),
        `${key}a`,
        `${key}${key}`,
        key.slice(0, -1).concat(String.fromCharCode(last ^ 1)),
        key.slice(0, -1).concat(String.fromCharCode(last ^ 0x100)),
        String.fromCharCode(key.charCodeAt(0) ^ 0x100).concat(key.slice(1)),
      ]
      expect(others.filter((other) => other !== key && stage.storage.hasKey(slot, other))).toEqual(
        [],
      )
    },
  )

  it('leaves the other bits of META alone, set or not', () => {
    const stage = new BufferStage()
    for (const others of [0, OTHERS_META]) {
      for (const [key, value] of [
        ['a', 1],
        ['\u0100', { a: 1n }],
        ['b', 'x'],
      ] as const) {
        const slot = stage.set(key, value)
        stage.pages.setHot(slot, META, others | (~OTHERS_META & slot))
        stage.storage.free(slot)
        stage.storage.prepare(key, value, 1)
        stage.storage.write(slot, key, stage.hash(key))
        expect(stage.pages.hotWord(slot, META) & OTHERS_META).toBe(others)
        expect(stage.storage.valueOf(slot)).toEqual(value)
        expect(stage.storage.keyOf(slot)).toBe(key)
      }
    }
  })

  it('forgets width and kind of what the slot held before', () => {
    const stage = new BufferStage()
    const slot = stage.set('\u0100', { a: 1n })
    stage.storage.free(slot)
    stage.storage.prepare('a', 7, 1)
    stage.storage.write(slot, 'a', stage.hash('a'))
    expect([stage.storage.keyOf(slot), stage.storage.valueOf(slot)]).toEqual(['a', 7])
  })

  it.each([
    ['undefined', undefined, 1],
    ['an integer', 5, 4],
    ['a fraction', 0.5, 8],
    ['an empty string', '', 1],
    ['a string of one', 'x', 1],
    ['a string of two', 'xy', 2],
    ['no bytes', Buffer.alloc(0), 1],
    ['an object', { a: 1n }, serialize({ a: 1n }).length],
  ])('says how many bytes %s takes, never none', (key, value, bytes) => {
    const stage = new BufferStage()
    expect(stage.storage.valueBytes(stage.set(key, value))).toBe(bytes)
  })

  it.each([
    ['a narrow key', 'k'.repeat(16), 1 + 16],
    ['the longest key with one byte of header', 'k'.repeat(63), 1 + 63],
    ['the shortest with two', 'k'.repeat(64), 2 + 64],
    ['the longest with two', 'k'.repeat(8191), 2 + 8191],
    ['the shortest with three', 'k'.repeat(8192), 3 + 8192],
    ['a wide key', '\u0100'.repeat(16), 1 + 32],
  ])('charges the cell for %s and the value, and what an entry costs besides', (_, key, bytes) => {
    const stage = new BufferStage()
    for (const length of [0, 1, 2, 3, 1024]) {
      expect(stage.storage.prepare(key, Buffer.alloc(length), 5)).toBe(
        BUFFER_OVERHEAD_BYTES + cellSize(bytes + length),
      )
    }
  })

  it('charges at most seven bytes beyond the overhead for 16-byte keys and 1 KiB values', () => {
    const stage = new BufferStage()
    const charge = stage.storage.prepare('k'.repeat(16), Buffer.alloc(1024), 1)
    expect(charge - BUFFER_OVERHEAD_BYTES - 16 - 1024).toBe(4)
  })

  it.each([
    [65_534, BUFFER_OVERHEAD_BYTES + 65_536],
    [65_535, BUFFER_OVERHEAD_BYTES + 65_537 + SLAB_COST_BYTES],
  ])('charges for a slab of its own what that costs: a value of %i bytes', (length, charge) => {
    expect(new BufferStage().storage.prepare('k', Buffer.alloc(length), 1)).toBe(charge)
  })

  it('knows the length of a value to the byte, whatever is left of its cell', () => {
    const stage = new BufferStage()
    const lengths = [...Array(40).keys(), 2040, 2041, 2046, 2047, 2048, 65_000]
    // A record of so many bytes leaves up to 255 of its cell.
    for (let length = 32_760; length < 33_290; length += 1) lengths.push(length)
    for (const length of lengths) {
      const slot = stage.set('key', Buffer.alloc(length, length & 0xff))
      expect(stage.storage.valueBytes(slot)).toBe(Math.max(1, length))
      const value = stage.storage.valueOf(slot) as Buffer // By its kind.
      expect(value.equals(Buffer.alloc(length, length & 0xff))).toBe(true)
    }
  })

  it('answers a copy: nobody can change what is stored', () => {
    const stage = new BufferStage()
    const value = Buffer.from('abc')
    stage.set('a', value)
    value[0] = 0
    const read = stage.get('a') as Buffer // By its kind.
    read[1] = 0
    expect(stage.get('a')).toEqual(Buffer.from('abc'))
    const object = stage.set('b', { list: [1] })
    const first = stage.storage.valueOf(object) as { list: number[] } // As it was stored.
    first.list.push(2)
    expect(stage.get('b')).toEqual({ list: [1] })
  })

  it('throws for a value that can not be bytes, and stores the next one', () => {
    const stage = new BufferStage()
    stage.set('a', 1)
    expect(() => stage.set('a', () => 1)).toThrow(/could not be cloned/)
    expect(stage.get('a')).toBe(1)
    stage.set('b', 2)
    expect([stage.get('a'), stage.get('b')]).toEqual([1, 2])
  })

  it('changes nothing if there is no memory for a record', () => {
    const stage = new BufferStage()
    const slot = stage.set('a', 1)
    const place = stage.pages.hotWord(slot, PLACE)
    const held = stage.storage.heldBytes
    const endless = { length: 2 ** 52 }
    Object.setPrototypeOf(endless, Buffer.prototype)
    stage.storage.prepare('b', endless, 1)
    expect(() => stage.storage.write(slot, 'b', 0)).toThrow(RangeError)
    expect(stage.pages.hotWord(slot, PLACE)).toBe(place)
    expect([stage.storage.heldBytes, stage.storage.keyOf(slot)]).toEqual([held, 'a'])
  })

  it('holds at most 1.1 times what is charged once maintain() is done, whatever was freed', () => {
    const stage = new BufferStage()
    fillAndThin(stage, 'key', 8000)
    expect(stage.storage.heldBytes).toBeGreaterThan(stage.charges * 1.5)
    let asked = 0
    const isDone = stage.storage.maintain(() => {
      asked += 1
      return asked < 3
    }, stage.slotOf)
    expect(isDone).toBe(false)
    while (!stage.storage.maintain(always, stage.slotOf));
    expect(stage.storage.heldBytes).toBeLessThan(stage.charges * 1.1)
    expect(brokenOf(stage, 'key', 8000)).toEqual([])
  })

  it('moves records with wide keys too', () => {
    const stage = new BufferStage()
    fillAndThin(stage, '\u4e2d', 4000)
    const held = stage.storage.heldBytes
    expect(stage.storage.maintain(always, stage.slotOf)).toBe(true)
    expect(stage.storage.heldBytes).toBeLessThan(held / 4)
    expect(brokenOf(stage, '\u4e2d', 4000)).toEqual([])
  })

  it('moves no record that its slot does not own up to', () => {
    const stage = new BufferStage()
    fillAndThin(stage, 'key', 4000)
    const places = (): number[] =>
      [...stage.slots.values()].map((slot) => stage.pages.hotWord(slot, PLACE))
    const before = places()
    expect(stage.storage.maintain(always, () => NO_SLOT)).toBe(true)
    expect(places()).toEqual(before)
    // A slot whose key is the same, and whose record is another.
    const stranger = stage.pages.take()
    stage.pages.setHot(stranger, PLACE, -1)
    stage.set('key 1', value400(1))
    stage.delete('key 1')
    expect(stage.storage.maintain(always, () => stranger)).toBe(true)
    expect(places()).toEqual(before)
    expect(stage.pages.hotWord(stranger, PLACE)).toBe(-1)
    expect(brokenOf(stage, 'key', 4000)).toEqual([])
  })

  it('behaves as a map of copies, whatever is set, deleted and tidied up', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), playSteps), { numRuns: 200 })
  })
})
