import { describe, expect, it } from 'vitest'
import { openNamespace } from '../../../src/application/services/namespace-ports.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'
import { namespaceStage } from '../../fakes/namespace-stage.ts'

const born = (seq: number) => ({ generation: 'fixture', seq })

describe('openNamespace()', () => {
  it('opens memory as memory, and a backend as a remote store: one of the two', () => {
    const memory = namespaceStage('memory')
    const inMemory = openNamespace(memory.cachePorts, memory.settings)
    expect([inMemory.memory === undefined, inMemory.remote === undefined]).toEqual([false, true])
    const backend = namespaceStage('backend')
    const behind = openNamespace(backend.cachePorts, backend.settings)
    expect([behind.memory === undefined, behind.remote === undefined]).toEqual([true, false])
  })

  it('lets the handlers hear of what leaves memory', () => {
    const stage = namespaceStage('memory')
    const { memory } = openNamespace(stage.cachePorts, stage.settings)
    memory?.set(entryFixture({ namespace: 'ns', birth: born(0) }))
    memory?.delete(parseCacheKey('key'))
    expect(stage.removals).toEqual([{ kind: 'deleted' }])
  })

  it('reports faults of the backend and of refreshes by part', async () => {
    const stage = namespaceStage('backend')
    const { remote, refreshes } = openNamespace(stage.cachePorts, stage.settings)
    stage.backend.behave = () => 'reject'
    await remote?.get(parseCacheKey('key'))
    refreshes.request(parseCacheKey('key'), () => Promise.reject(new Error('down')))
    await stage.time.advance(0)
    expect(stage.reports).toMatchObject([
      ['repository', 'counted a miss', {}, 'key'],
      ['refresh', 'kept the value it had', {}, 'key'],
    ])
  })

  it('forgets the mark of a key behind a backend once its new value is confirmed', async () => {
    const stage = namespaceStage('backend')
    const { remote, marks } = openNamespace(stage.cachePorts, stage.settings)

    marks.apply(positionedFixture(3, { kind: 'key', key: parseCacheKey('key') }), undefined)
    await remote?.set(entryFixture({ namespace: 'ns', birth: born(3) }))
    expect(marks.size).toBe(0)
  })

  it('distrusts what a backend holds from before this node heard of the log', () => {
    const stage = namespaceStage('backend')
    stage.headSeq = 5
    const { marks } = openNamespace(stage.cachePorts, stage.settings)
    expect(marks.check(entryFixture({ birth: born(4) })).kind).toBe('invalid')
    expect(marks.check(entryFixture({ birth: born(5) })).kind).toBe('valid')
  })

  it('gives up all that a namespace holds when more writes than it can remember have an unknown end', async () => {
    const stage = namespaceStage('backend')
    const { remote, marks } = openNamespace(stage.cachePorts, stage.settings, 3)
    stage.backend.behave = () => 'reject'
    for (const key of ['a', 'b', 'c']) {
      await remote?.set(entryFixture({ key, birth: born(0) }))
    }
    expect(marks.check(entryFixture({ key: 'held', birth: born(0) })).kind).toBe('valid')
    expect(remote?.openWrites()).toHaveLength(3)
    await remote?.set(entryFixture({ key: 'd', birth: born(0) }))
    await stage.time.advance(0)
    expect(stage.headSeq).toBe(1)
    expect(marks.check(entryFixture({ key: 'held', birth: born(0) })).kind).toBe('invalid')
    expect(marks.check(entryFixture({ key: 'new', birth: born(1) })).kind).toBe('valid')
    expect(remote?.openWrites()).toEqual([])
  })

  it('says so when the log refuses that, and goes on', async () => {
    const stage = namespaceStage('backend')
    const invalidation = {
      head: () => born(0),
      invalidate: () => Promise.reject(new Error('full')),
    }
    const cachePorts = { ...stage.cachePorts, invalidation: invalidation as never }
    const { remote } = openNamespace(cachePorts, stage.settings, 1)
    stage.backend.behave = () => 'reject'
    const writes = ['a', 'b', 'c'].map((key) => remote?.set(entryFixture({ key, birth: born(0) })))
    await Promise.all(writes)
    await stage.time.advance(0)
    expect(stage.reports.filter(([part]) => part === 'log')).toEqual([
      ['log', 'went on remembering writes of unknown end', new Error('full'), undefined],
    ])
    expect(remote?.openWrites()).toHaveLength(3)
  })
})
