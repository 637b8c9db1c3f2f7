import { expect, it } from 'vitest'
import { NearStore } from '../../../../src/application/services/coherence/near-store.ts'
import { MarkTable } from '../../../../src/application/services/mark-table.ts'
import {
  DEFAULT_NAMESPACE,
  resolveNamespace,
} from '../../../../src/core/entities/cache-namespace.ts'
import { isMemoryStore } from '../../../../src/core/protocols/cache-repository.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'

const KEY = 'key' as CacheKey
const NAMESPACE = 'default'

it('After an outage a NearStore does not go back to what it held before, if it has served something newer meanwhile', () => {
  const { clock } = createFakeClock()
  const marks = new MarkTable(() => ({ generation: 'fixture', seq: 0 }))
  const settings = resolveNamespace({ name: NAMESPACE, ...DEFAULT_NAMESPACE }, {}, FAKE_START_MS)
  const memory = new MemoryCacheRepository({
    clock,
    random: fakeRandom(),
    maxBytes: parseSize('8mb', 'maxBytes'),
  }).open(settings, { validity: marks.withoutKeys, onRemoved: () => undefined })
  if (!isMemoryStore(memory)) throw new Error('expected memory')
  const node = { isCoherent: true, pendingMarks: 0, isAwaitingMark: () => false }
  const near = new NearStore({ memory, marks, node, namespace: NAMESPACE, clock })
  const entry = (key: string, value: string) =>
    entryFixture({
      key,
      value,
      namespace: NAMESPACE,
      birth: { generation: 'fixture', seq: 5 },
    })
  near.set(entry('key', 'before'))
  near.set(entry('other', 'before'))
  node.isCoherent = false
  near.keepAlone(entry('key', 'during'), 1500)
  expect(near.get(KEY)?.value).toBe('during')
  node.isCoherent = true
  expect([near.read(KEY), near.get(KEY)]).toEqual([undefined, undefined])
  expect(near.read('other' as CacheKey)).toBe('before')
})
