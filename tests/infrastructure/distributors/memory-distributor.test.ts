import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InvalidationMark } from '../../../src/core/entities/invalidation-mark.ts'
import { isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import type { PositionedMark } from '../../../src/core/protocols/invalidation-log.ts'
import {
  DEFAULT_KEPT_MARKS,
  MemoryDistributor,
} from '../../../src/infrastructure/distributors/memory-distributor.ts'

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
  let tokens = 0
  const token = () => {
    tokens += 1
    return `generation-${tokens}`
  }
  return new MemoryDistributor({ next: () => 0, token }, keptMarks)
}

const reasons = (marks: readonly PositionedMark[]) => marks.map(({ mark }) => mark.reason)

describe('MemoryDistributor', () => {
  it('shares a log between caches of one name, and between those only', () => {
    const distributor = distributorOf()
    const [one, same, other] = [distributor.open('a'), distributor.open('a'), distributor.open('b')]
    one.append(markOf('x'))
    expect(same.head()).toBe(one.head())
    expect(other.head()).toEqual({ generation: 'generation-2', seq: 0 })
  })

  it('keeps a log until the last of its caches has closed; then it is another generation', () => {
    const distributor = distributorOf()
    const [one, two] = [distributor.open('a'), distributor.open('a')]
    one.append(markOf('x'))
    one.close()
    one.close()
    expect(distributor.open('a').head()).toEqual({ generation: 'generation-1', seq: 1 })
    two.close()
    expect(distributor.open('b').head().generation).toBe('generation-2')
  })

  it('begins another generation after the last one has closed', () => {
    const distributor = distributorOf()
    distributor.open('a').close()
    expect(distributor.open('a').head()).toEqual({ generation: 'generation-2', seq: 0 })
  })

  it('forgets all logs when it closes, and those that are open go on alone', () => {
    const distributor = distributorOf()
    const log = distributor.open('a')
    distributor.close()
    distributor.close()
    log.append(markOf('x'))
    const anew = distributor.open('a')
    expect([log.head().generation, anew.head().generation]).toEqual([
      'generation-1',
      'generation-2',
    ])
    log.close()
    expect(distributor.open('a').head()).toBe(anew.head())
  })
})

describe('its log', () => {
  it('counts up by one from 0 and answers each position at once', () => {
    const log = distributorOf().open('a')
    expect(log.head()).toEqual({ generation: 'generation-1', seq: 0 })
    expect(log.append(markOf('x'))).toEqual({ generation: 'generation-1', seq: 1 })
    expect(log.append(markOf('y'))).toEqual({ generation: 'generation-1', seq: 2 })
  })

  it('answers the same head until the next mark, and then another one', () => {
    const log = distributorOf().open('a')
    const head = log.head()
    expect(log.head()).toBe(head)
    const position = log.append(markOf('x'))
    expect(log.head()).toBe(position)
    expect(head.seq).toBe(0)
  })

  it('reads the marks after a position, oldest first, up to the limit', () => {
    const log = distributorOf().open('a')
    const start = log.head()
    const marks = ['v', 'w', 'x'].map(markOf)
    for (const mark of marks) log.append(mark)
    expect(log.read(start, 10)).toEqual({
      isContinuous: true,
      marks: marks.map((mark, at) => ({
        mark,
        position: { generation: 'generation-1', seq: at + 1 },
      })),
    })
    const page = log.read({ ...start, seq: 1 }, 1)
    expect(page).toMatchObject({ isContinuous: true, marks: [{ mark: { reason: 'w' } }] })
    expect(log.read(log.head(), 10)).toEqual({ isContinuous: true, marks: [] })
  })

  it('says that marks are lost when its oldest ones were trimmed, from the first lost one on', () => {
    const log = distributorOf(3).open('a')
    const start = log.head()
    for (const reason of ['v', 'w', 'x', 'y']) log.append(markOf(reason))
    const lost = log.read(start, 10)
    expect(lost.isContinuous).toBe(false)
    expect(reasons(lost.marks)).toEqual(['w', 'x', 'y'])
    expect(log.read({ ...start, seq: 1 }, 10)).toMatchObject({ isContinuous: true })
  })

  it('says that marks are lost to a reader of another generation, and to one ahead of it', () => {
    const log = distributorOf().open('a')
    log.append(markOf('x'))
    const other = log.read({ generation: 'another', seq: 1 }, 10)
    expect(other).toMatchObject({ isContinuous: false, marks: [{ mark: { reason: 'x' } }] })
    const ahead = log.read({ ...log.head(), seq: 2 }, 10)
    expect(ahead).toMatchObject({ isContinuous: false, marks: [{ mark: { reason: 'x' } }] })
  })

  it(`keeps ${DEFAULT_KEPT_MARKS} marks if it isn’t told otherwise`, () => {
    const log = distributorOf().open('a')
    const start = log.head()
    for (let at = 0; at < DEFAULT_KEPT_MARKS; at += 1) log.append(markOf('x'))
    expect(log.read(start, 1)).toMatchObject({ isContinuous: true })
    log.append(markOf('x'))
    expect(log.read(start, 1)).toMatchObject({ isContinuous: false })
  })

  it('reads what an array of the newest marks would hold, from any position', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 30 }),
        fc.nat({ max: 32 }),
        fc.integer({ min: 1, max: 9 }),
        (count, seq, limit) => {
          const log = distributorOf(7).open('a')
          const model: string[] = []
          for (let at = 1; at <= count; at += 1) {
            log.append(markOf(String(at)))
            model.push(String(at))
          }
          const kept = model.slice(-7)
          const oldest = count - kept.length
          const isContinuous = seq >= oldest && seq <= count
          const expected = isContinuous ? kept.slice(seq - oldest) : kept
          const page = log.read({ generation: 'generation-1', seq }, limit)
          expect(page.isContinuous).toBe(isContinuous)
          expect(reasons(page.marks)).toEqual(expected.slice(0, limit))
        },
      ),
    )
  })
})

describe('its subscriptions', () => {
  it('hear every mark in order, own ones included, until they are ended', () => {
    const distributor = distributorOf()
    const [one, two] = [distributor.open('a'), distributor.open('a')]
    const heard: string[] = []
    one.append(markOf('before'))
    const end = one.subscribe(({ mark, position }) => heard.push(`${position.seq} ${mark.reason}`))
    one.append(markOf('own'))
    two.append(markOf('other'))
    end()
    end()
    two.append(markOf('after'))
    expect(heard).toEqual(['2 own', '3 other'])
  })

  it('are told before append() answers, and find the mark in the log', () => {
    const log = distributorOf().open('a')
    const start = log.head()
    const heads: unknown[] = []
    log.subscribe(({ position }) => heads.push([log.head() === position, log.read(start, 9)]))
    log.append(markOf('x'))
    expect(heads).toMatchObject([[true, { marks: [{ mark: { reason: 'x' } }] }]])
  })

  it('are ended one by one, also when the same function was subscribed twice', () => {
    const log = distributorOf().open('a')
    let calls = 0
    const count = () => {
      calls += 1
    }
    const end = log.subscribe(count)
    log.subscribe(count)
    log.append(markOf('x'))
    expect(calls).toBe(2)
    end()
    log.append(markOf('y'))
    expect(calls).toBe(3)
  })

  it('end when their cache closes, and others’ go on', () => {
    const distributor = distributorOf()
    const [one, two] = [distributor.open('a'), distributor.open('a')]
    const heard: string[] = []
    one.subscribe(() => heard.push('one'))
    two.subscribe(() => heard.push('two'))
    one.close()
    two.append(markOf('x'))
    expect(heard).toEqual(['two'])
  })

  it('all get a mark before any gets the next, also when one of them appends', () => {
    const log = distributorOf().open('a')
    const heard: string[] = []
    log.subscribe(({ mark }) => {
      heard.push(`first ${mark.reason}`)
      if (mark.reason === 'x') log.append(markOf('nested'))
    })
    log.subscribe(({ mark }) => heard.push(`second ${mark.reason}`))
    expect(log.append(markOf('x'))).toMatchObject({ seq: 1 })
    expect(heard).toEqual(['first x', 'second x', 'first nested', 'second nested'])
  })

  it('all get a mark although one of them throws, which append() then does too', () => {
    const log = distributorOf().open('a')
    const heard: (string | undefined)[] = []
    log.subscribe(({ mark }) => {
      if (mark.reason !== 'bad') return
      log.append(markOf('nested'))
      throw new Error('a listener failed')
    })
    log.subscribe(({ mark }) => heard.push(mark.reason))
    expect(() => log.append(markOf('bad'))).toThrow('a listener failed')
    log.append(markOf('good'))
    expect(heard).toEqual(['bad', 'nested', 'good'])
  })
})

describe('a closed log', () => {
  it('takes no mark', () => {
    const log = distributorOf().open('a')
    log.close()
    expect(() => log.append(markOf('x'))).toThrow(
      expect.toSatisfy((error) => isCacheError(error, 'CACHE_CLOSED')),
    )
    expect(log.head().seq).toBe(0)
  })
})

describe('a listener that ends while a mark is delivered', () => {
  it('hears no more, also if its turn had yet to come', () => {
    const log = distributorOf().open('a')
    const heard: string[] = []
    const ends: (() => void)[] = []
    log.subscribe(() => {
      heard.push('first')
      ends[0]?.()
    })
    ends.push(log.subscribe(() => heard.push('second')))
    log.subscribe(() => heard.push('third'))
    log.append(markOf('x'))
    log.append(markOf('y'))
    expect(heard).toEqual(['first', 'third', 'first', 'third'])
  })
})
