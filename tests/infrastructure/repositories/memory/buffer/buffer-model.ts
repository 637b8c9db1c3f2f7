import fc from 'fast-check'
import { expect } from 'vitest'
import { BufferStage } from './buffer-stage.ts'

const always = (): boolean => true

export type Step =
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'fill'; readonly prefix: string; readonly value: string }
  | { readonly kind: 'thin'; readonly modulus: number }
  | { readonly kind: 'maintain'; readonly slices: number }

const key = fc.constantFrom(
  'a',
  'b',
  'ab',
  '\u00ff',
  '\u0100',
  '\u4e2d'.repeat(40),
  'long'.repeat(30),
)
const value = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, 0, -0, 1.5, '', 'x', 'x\u20ac', '\u4e2d', 10n),
  fc.string({ maxLength: 40 }),
  fc.integer({ min: 0, max: 3000 }).map((length) => Buffer.alloc(length, length & 0xff)),
  fc.uint8Array({ maxLength: 40 }),
  fc.jsonValue(),
)

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      prefix: fc.constantFrom('n', '\u0100'),
      value: fc.string({ maxLength: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('thin' as const),
      modulus: fc.integer({ min: 2, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('maintain' as const),
      slices: fc.integer({ min: 0, max: 2 }),
    }),
  },
)

/** Takes the steps in a storage and in a map, and compares them after each. */
export function playSteps(steps: readonly Step[]): void {
  const stage = new BufferStage()
  const model = new Map<string, unknown>()
  for (const each of steps) {
    take(stage, model, each)
    compare(stage, model)
  }
  while (!stage.storage.maintain(always, stage.slotOf));
  compare(stage, model)
  for (const name of model.keys()) stage.delete(name)
  while (!stage.storage.maintain(always, stage.slotOf));
  expect(stage.storage.heldBytes).toBe(0)
}

function compare(stage: BufferStage, model: ReadonlyMap<string, unknown>): void {
  const { storage } = stage
  const slots = [...stage.slots.values()]
  expect(slots.map((slot) => [storage.keyOf(slot), storage.valueOf(slot)])).toStrictEqual([
    ...model,
  ])
  for (const [name, slot] of stage.slots) {
    if (!storage.hasKey(slot, name)) throw new Error(`lost ${name}`)
    if (storage.hasKey(slot, `${name}.`)) throw new Error(`took another for ${name}`)
    if (storage.hashOf(slot) !== stage.hash(name)) throw new Error(`other hash of ${name}`)
    const { length } = Object(model.get(name))
    const isBytes = model.get(name) instanceof Uint8Array
    const isAsLong = storage.valueBytes(slot) === Math.max(1, length)
    if (isBytes && !isAsLong) throw new Error(`${name} has lost some of its ${length} bytes`)
  }
}

function set(stage: BufferStage, model: Map<string, unknown>, at: string, each: unknown): void {
  stage.set(at, each)
  // What JSON keeps has no negative zero and no prototype of its own: a copy says what comes back.
  model.set(at, each instanceof Uint8Array ? each : structuredClone(each))
}

function take(stage: BufferStage, model: Map<string, unknown>, each: Step): void {
  switch (each.kind) {
    case 'set':
      set(stage, model, each.key, each.value)
      break
    case 'fill':
      for (let at = 0; at < 300; at += 1) set(stage, model, `${each.prefix}${at}`, each.value)
      break
    case 'delete':
      stage.delete(each.key)
      model.delete(each.key)
      break
    case 'thin':
      for (const [at, name] of [...model.keys()].entries()) {
        if (at % each.modulus === 0) continue
        stage.delete(name)
        model.delete(name)
      }
      break
    case 'maintain': {
      let asked = 0
      stage.storage.maintain(() => {
        asked += 1
        return asked <= each.slices
      }, stage.slotOf)
    }
  }
}
