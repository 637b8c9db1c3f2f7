import { AccessPatterns } from '../../src/application/services/access-patterns.ts'
import { cacheStatistics } from '../../src/application/services/cache-statistics.ts'
import { DecisionRing } from '../../src/application/services/decision-ring.ts'
import type { HandlerPorts } from '../../src/application/services/namespace-ports.ts'
import type { CacheEvent } from '../../src/core/events/cache-event.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

/** What the handlers of a namespace called `ns` work with, and the events that came of it. */
export function handlerStage(isHeard = true): { ports: HandlerPorts; emitted: CacheEvent[] } {
  const emitted: CacheEvent[] = []
  const ports: HandlerPorts = {
    name: 'ns',
    clock: createFakeClock().clock,
    events: { hears: () => isHeard, emit: (event) => void emitted.push(event) },
    statistics: cacheStatistics(),
    patterns: new AccessPatterns(),
    decisions: new DecisionRing(),
  }
  return { ports, emitted }
}
