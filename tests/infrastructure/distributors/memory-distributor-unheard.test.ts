import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InvalidationMark } from '../../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../src/core/protocols/invalidation-log.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { MemoryDistributor } from '../../../src/infrastructure/distributors/memory-distributor.ts'

const markOf = (reason: string): InvalidationMark => ({
  namespace: 'a',
  scope: { kind: 'namespace' },
  soft: false,
  act: 'invalidate',
  origin: 'test',
  reason,
  atMs: 0,
})

function distributorOf(keptMarks?: number): MemoryDistributor {
  return new MemoryDistributor({ next: () => 0, token: () => 'generation-1' }, keptMarks)
}

describe('the log of a MemoryDistributor, for sets that nobody else hears of', () => {
  const key = parseCacheKey('user:1')
  const set = { namespace: 'a', key, origin: 'node', atMs: 5 }
  const setMark: InvalidationMark = {
    namespace: 'a',
    scope: { kind: 'key', key },
    soft: false,
    act: 'set',
    origin: 'node',
    reason: undefined,
    atMs: 5,
  }
  const none = (): void => undefined

  it('adds the mark of a set without telling the only listener', () => {
    const log = distributorOf().open('a')
    const start = log.head()
    const heard: PositionedMark[] = []
    log.subscribe((mark) => heard.push(mark))
    const position = log.appendUnheard(set)
    expect(position).toEqual({ generation: 'generation-1', seq: 1 })
    expect(log.head()).toBe(position)
    expect(heard).toEqual([])
    expect(log.read(start, 9)).toEqual({
      isContinuous: true,
      marks: [{ position, mark: setMark }],
    })
  })

  it('adds nothing where another cache listens, which has to be told', () => {
    const distributor = distributorOf()
    const [one, two] = [distributor.open('a'), distributor.open('a')]
    one.subscribe(none)
    const end = two.subscribe(none)
    expect(one.appendUnheard(set)).toBeUndefined()
    expect(one.head().seq).toBe(0)
    end()
    expect(one.appendUnheard(set)?.seq).toBe(1)
  })

  it('adds nothing for a cache that has no listener, or two, or has closed', () => {
    const distributor = distributorOf()
    const [log, other] = [distributor.open('a'), distributor.open('a')]
    expect(log.appendUnheard(set)).toBeUndefined()
    log.subscribe(none)
    expect(other.appendUnheard(set)).toBeUndefined()
    log.subscribe(none)
    expect(log.appendUnheard(set)).toBeUndefined()
    log.close()
    expect(log.appendUnheard(set)).toBeUndefined()
    expect(other.head().seq).toBe(0)
  })

  it('adds nothing while a mark is on its way to the listener, which hears of both in order', () => {
    const log = distributorOf().open('a')
    const inside: unknown[] = []
    log.subscribe(() => inside.push(log.appendUnheard(set)))
    log.append(markOf('x'))
    expect(inside).toEqual([undefined])
  })

  it('leaves in the log what append() would have left, of whatever marks in whatever order', () => {
    const act = fc.constantFrom('unheard', 'set', 'soft', 'reason', 'other')
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const [log, model] = [distributorOf(7).open('a'), distributorOf(7).open('a')]
        log.subscribe(none)
        for (const [at, one] of acts.entries()) {
          const marks = {
            unheard: { ...setMark, atMs: at },
            set: { ...setMark, atMs: at },
            soft: { ...setMark, soft: true },
            reason: { ...setMark, reason: 'because' },
            other: markOf(String(at)),
          }
          model.append(marks[one])
          if (one === 'unheard') log.appendUnheard({ ...set, atMs: at })
          else log.append(marks[one])
        }
        const from = { generation: 'generation-1', seq: 0 }
        expect(log.read(from, 99)).toEqual(model.read(from, 99))
      }),
    )
  })
})
