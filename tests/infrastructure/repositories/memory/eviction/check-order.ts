import fc from 'fast-check'
import { type OrderCase, OrderStage, type StageSpace } from './order-stage.ts'
import { type StageStep, stageStep } from './stage-step.ts'

const space: fc.Arbitrary<StageSpace> = fc.record({
  isByBytes: fc.boolean(),
  capacity: fc.constantFrom(1, 2, 7, 20, 100),
  weights: fc.constantFrom<StageSpace['weights'][]>(
    [1, 2, 4],
    [1, 2, 4],
    [1, 1, 1],
    [2, 1.5, 8],
    [1, 3, 1000],
  ),
})

/** That a policy and its model agree over any steps, victim by victim to the last. */
export function orderProperty(each: OrderCase): fc.IProperty<[StageSpace, StageStep[]]> {
  return fc.property(
    space,
    fc.array(stageStep, { maxLength: 150, size: 'max' }),
    (shape, steps) => {
      const stage = new OrderStage(each, shape)
      for (const step of steps) stage.run(step)
      stage.drain()
    },
  )
}

/** Runs the comparison a few hundred times; fails with the shortest steps that show a difference. */
export function checkOrder(each: OrderCase): void {
  fc.assert(orderProperty(each), { numRuns: 400 })
}
