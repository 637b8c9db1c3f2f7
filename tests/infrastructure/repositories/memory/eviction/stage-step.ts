import fc from 'fast-check'

/** One thing that happens to an order on its stage. `pick` chooses among those that are in. */
export type StageStep =
  | {
      readonly kind: 'add'
      readonly hash: number
      readonly rank: number
      readonly charge: number
      readonly deadline: number
    }
  | {
      readonly kind: 'replace'
      readonly pick: number
      readonly rank: number
      readonly charge: number
      readonly deadline: number
    }
  | { readonly kind: 'use'; readonly pick: number; readonly times: number }
  | { readonly kind: 'remove'; readonly pick: number }
  | { readonly kind: 'evict-except'; readonly pick: number }
  | { readonly kind: 'evict' }
  | { readonly kind: 'capacity'; readonly share: number }

/** Few, so that keys come back and that different keys share a hash; with both signs and the extremes. */
const HASHES = [0, 1, 2, 3, -1, -2, 7, 4096, 0x7fff_ffff, -0x8000_0000, 0x1234_5678, -0x1234_5678]

const entry: {
  rank: fc.Arbitrary<number>
  charge: fc.Arbitrary<number>
  deadline: fc.Arbitrary<number>
} = {
  rank: fc.constantFrom(0, 1, 2),
  charge: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(1, 40, 100, 101) },
  ),
  deadline: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(0x7fff_ffff, -0x8000_0000, -1) },
  ),
}

const pick: fc.Arbitrary<number> = fc.nat({ max: 200 })

/** Any step, the usual ones more often. */
export const stageStep: fc.Arbitrary<StageStep> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      hash: fc.constantFrom(...HASHES),
      ...entry,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('use' as const),
      pick,
      times: fc.constantFrom(1, 1, 1, 2, 3, 30, 34),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), pick, ...entry }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'evict-except'), pick }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('evict' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('capacity' as const),
      share: fc.constantFrom(0.1, 0.5, 1, 1, 2),
    }),
  },
)
