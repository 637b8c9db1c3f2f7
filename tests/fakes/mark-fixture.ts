import type {
  InvalidationMark,
  InvalidationScope,
} from '../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import { FAKE_START_MS } from '../../src/testing/fake-clock.ts'

/** A hard mark of the namespace `default`, by node `node`, made at the start of the fake clock. */
export function markFixture(
  scope: InvalidationScope,
  overrides: Partial<InvalidationMark> = {},
): InvalidationMark {
  return {
    namespace: 'default',
    scope,
    soft: false,
    act: 'invalidate',
    origin: 'node',
    reason: undefined,
    atMs: FAKE_START_MS,
    ...overrides,
  }
}

/** The same at a place in the log of the generation `fixture`. */
export function positionedFixture(
  seq: number,
  scope: InvalidationScope,
  overrides: Partial<InvalidationMark> = {},
): PositionedMark {
  return { position: { generation: 'fixture', seq }, mark: markFixture(scope, overrides) }
}
