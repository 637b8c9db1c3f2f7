import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_HAND_STEPS } from '../../../../../src/infrastructure/repositories/memory/eviction/extra-rounds.ts'
import { NO_SLOT } from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import {
  CLEAR_CONTEST,
  CONTEST,
  THRESHOLD,
  W_TINY_LFU_ARMS,
  type WTinyLfuArm,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import { checkOrder } from '../eviction/check-order.ts'
import { wTinyLfuCase } from './naive-w-tiny-lfu.ts'
import { QueuesStage } from './queues-stage.ts'

const NO_QUEUE = 0
const WINDOW = 1
const MAIN = 2

describe('WTinyLfuQueues', () => {
  it.each(W_TINY_LFU_ARMS)(
    'picks the victims of the naive model, over any steps, with a window of $windowShare and rule $rule',
    (arm) => checkOrder(wTinyLfuCase(arm)),
  )

  it('fills the window with its share, and then the main queue', () => {
    const stage = new QueuesStage({ windowShare: 0.2, rule: CONTEST }, 10)
    const slots = stage.addMany(10)
    expect(slots.map((slot) => stage.pages.queue(slot))).toEqual([
      ...Array(8).fill(MAIN),
      WINDOW,
      WINDOW,
    ])
    expect([stage.queues.size, stage.queues.windowSize, stage.queues.length]).toEqual([10, 2, 10])
  })

  it('leaves a slot that it lets go of in no queue', () => {
    const stage = new QueuesStage({ windowShare: 0.2, rule: CONTEST }, 10)
    const [slot = NO_SLOT] = stage.addMany(3)
    stage.queues.remove(slot)
    expect(stage.pages.queue(slot)).toBe(NO_QUEUE)
    expect(stage.queues.length).toBe(2)
  })

  it('counts an exception that is in no queue as nobody of the window', () => {
    const stage = new QueuesStage({ windowShare: 0.2, rule: CONTEST }, 10)
    stage.addMany(8, 3)
    const [candidate] = stage.addMany(2)
    const critical = stage.pages.take()
    expect(stage.queues.victim(critical)).toBe(candidate)
  })

  it('lets in the more frequent of two', () => {
    const stage = new QueuesStage({ windowShare: 0.1, rule: CONTEST }, 10)
    const [victim] = stage.addMany(9, 2)
    const candidate = stage.add(3)
    expect(stage.evict()).toBe(victim)
    expect(stage.pages.queue(candidate)).toBe(MAIN)
    const loser = stage.add(2)
    expect(stage.evict()).toBe(loser)
  })

  describe('when the window’s share becomes smaller', () => {
    const wide: WTinyLfuArm = { windowShare: 0.9, rule: CONTEST }
    const narrow: WTinyLfuArm = { windowShare: 0.1, rule: CLEAR_CONTEST }

    it('hands over eight entries to the main queue for each victim, the oldest first', () => {
      const stage = new QueuesStage(wide, 100)
      const slots = stage.addMany(100)
      stage.queues.victim(NO_SLOT)
      stage.queues.follow(narrow)
      expect(stage.queues.windowSize).toBe(90)
      stage.evict()
      // Eight, and the candidate left.
      expect(stage.queues.windowSize).toBe(81)
      expect(slots.slice(10, 18).map((slot) => stage.pages.queue(slot))).toEqual(
        Array(8).fill(MAIN),
      )
    })

    it('stops at the share', () => {
      const stage = new QueuesStage(wide, 100)
      stage.addMany(100)
      stage.queues.victim(NO_SLOT)
      stage.queues.follow(narrow)
      for (let evicted = 0; evicted < 40; evicted += 1) {
        stage.evict()
        stage.add()
      }
      expect(stage.queues.windowSize).toBe(10)
      expect(stage.queues.size).toBe(100)
    })

    it('does the same when the capacity falls by more than an eighth', () => {
      const stage = new QueuesStage(wide, 1000)
      stage.addMany(100)
      expect(stage.queues.windowSize).toBe(100)
      stage.queues.victim(NO_SLOT)
      stage.capacity = 50
      for (let evicted = 0; evicted < 50; evicted += 1) stage.evict()
      expect(stage.queues.size).toBe(50)
      expect(stage.queues.windowSize).toBeLessThanOrEqual(45)
      expect(stage.queues.size - stage.queues.windowSize).toBeGreaterThanOrEqual(5)
    })

    it('does nothing of that when it falls by an eighth', () => {
      const stage = new QueuesStage({ windowShare: 0.8, rule: CONTEST }, 1000)
      stage.addMany(1000)
      stage.queues.victim(NO_SLOT)
      stage.capacity = 875
      stage.evict()
      expect(stage.queues.windowSize).toBe(799)
      stage.capacity = 870
      stage.evict()
      expect(stage.queues.windowSize).toBe(790)
    })
  })

  it('asks who else leaves anew when the arm changes', () => {
    const stage = new QueuesStage({ windowShare: 0.1, rule: CONTEST }, 10)
    const [oldest] = stage.addMany(9, 5)
    const candidate = stage.add(3)
    expect(stage.queues.victim(NO_SLOT)).toBe(candidate)
    stage.queues.follow({ windowShare: 0.1, rule: THRESHOLD })
    expect(stage.queues.victim(NO_SLOT)).toBe(oldest)
  })

  it('does not let the hand go on for ever, through a main queue that all is used in', () => {
    const stage = new QueuesStage({ windowShare: 0.01, rule: THRESHOLD }, 3000)
    const slots = stage.addMany(3000, 3)
    for (const slot of slots) if (stage.pages.queue(slot) === MAIN) stage.pages.setUses(slot, 3)
    const victim = stage.queues.victim(NO_SLOT)
    expect(victim).toBe(slots[MAX_HAND_STEPS])
    expect(stage.pages.uses(victim)).toBe(0)
    expect(slots.filter((slot) => stage.pages.uses(slot) === 2)).toEqual(
      slots.slice(0, MAX_HAND_STEPS),
    )
  })

  it('sends used entries of the window round, four for one candidate', () => {
    const stage = new QueuesStage({ windowShare: 0.6, rule: CONTEST }, 10)
    const slots = stage.addMany(10)
    for (const slot of slots.slice(4)) stage.pages.setUses(slot, 1)
    expect(stage.evict()).toBe(slots[8])
    expect(slots.slice(4, 8).map((slot) => stage.pages.uses(slot))).toEqual([0, 0, 0, 0])
    expect(stage.pages.uses(slots[9] ?? 0)).toBe(1)
  })

  describe('by chance', () => {
    /** How many of a thousand losers of that frequency come in. */
    function luckyOf(frequency: number, rule: WTinyLfuArm['rule']): number {
      const stage = new QueuesStage({ windowShare: 0.1, rule }, 10)
      stage.addMany(10, 15)
      let lucky = 0
      for (let loser = 0; loser < 10_000; loser += 1) {
        stage.evict()
        const slot = stage.add(frequency)
        stage.evict()
        if (stage.pages.queue(slot) === MAIN) {
          lucky += 1
          stage.queues.remove(slot)
          stage.pages.give(slot)
          stage.add(15)
        }
        while (stage.queues.size < 10) stage.add(15)
      }
      return lucky
    }

    it('lets in about one in 128 losers that are asked for often', () => {
      expect(luckyOf(6, CONTEST)).toBeGreaterThan(40)
      expect(luckyOf(6, CONTEST)).toBeLessThan(130)
    })

    it('lets in nobody who isn’t, nor against a threshold', () => {
      expect(luckyOf(5, CONTEST)).toBe(0)
      expect(luckyOf(2, THRESHOLD)).toBe(0)
    })
  })

  describe('by bytes', () => {
    it('lets a newcomer that is larger than the window be the next to prove itself', () => {
      const stage = new QueuesStage({ windowShare: 0.1, rule: CONTEST }, 100, true)
      for (let at = 0; at < 80; at += 1) stage.add(2)
      const large = stage.add(1, 20)
      expect(stage.queues.size).toBe(100)
      expect(stage.queues.victim(NO_SLOT)).toBe(large)
    })

    it('keeps it if it is asked for more often than who would go', () => {
      const stage = new QueuesStage({ windowShare: 0.1, rule: CONTEST }, 100, true)
      const small = Array.from({ length: 80 }, () => stage.add(2))
      const large = stage.add(3, 20)
      expect(stage.queues.victim(NO_SLOT)).toBe(small[0])
      expect(stage.pages.queue(large)).toBe(MAIN)
    })

    it('puts one of just the window’s size where newcomers go', () => {
      const stage = new QueuesStage({ windowShare: 0.1, rule: CONTEST }, 100, true)
      const small = Array.from({ length: 90 }, () => stage.add(2))
      stage.add(1, 10)
      expect(stage.queues.victim(NO_SLOT)).toBe(small[88])
    })
  })

  describe('when it knows what comes next', () => {
    /** A full cache whose window has two of its ten bytes left. */
    function fullStage(isByBytes = true): QueuesStage {
      const stage = new QueuesStage({ windowShare: 0.1, rule: CONTEST }, 100, isByBytes)
      for (let at = 0; at < 100; at += 1) stage.add(2)
      stage.evict()
      stage.evict()
      expect(stage.queues.windowSize).toBe(9)
      stage.queues.remove(windowOf(stage)[0] ?? NO_SLOT)
      return stage
    }

    function windowOf(stage: QueuesStage): number[] {
      return Array.from({ length: 100 }, (_, slot) => slot).filter(
        (slot) => stage.pages.queue(slot) === WINDOW,
      )
    }

    it('lets others leave the window until the newcomer fits in', () => {
      const stage = fullStage()
      const window = windowOf(stage)
      stage.queues.expect(2)
      expect(stage.pages.queue(stage.queues.victim(NO_SLOT))).toBe(MAIN)
      stage.queues.follow({ windowShare: 0.1, rule: CONTEST })
      stage.queues.expect(3)
      expect(window).toContain(stage.queues.victim(NO_SLOT))
    })

    it('does not empty the window for one that is larger than all of it', () => {
      const stage = fullStage()
      stage.queues.expect(11)
      expect(stage.pages.queue(stage.queues.victim(NO_SLOT))).toBe(MAIN)
    })

    it('forgets it with the next newcomer or value', () => {
      for (const end of ['add', 'replace']) {
        const stage = fullStage()
        stage.queues.expect(10)
        if (end === 'add') stage.queues.remove(stage.add(2))
        else stage.queues.replace(windowOf(stage)[0] ?? NO_SLOT, 1)
        expect(stage.pages.queue(stage.queues.victim(NO_SLOT))).toBe(MAIN)
      }
    })

    it('counts one whatever its size is, if each does', () => {
      const stage = fullStage(false)
      stage.queues.expect(10)
      expect(stage.pages.queue(stage.queues.victim(NO_SLOT))).toBe(MAIN)
    })
  })

  describe('isWorthItsRoom()', () => {
    it('is true for any entry when each counts one', () => {
      const stage = new QueuesStage({ windowShare: 0.01, rule: CONTEST }, 4)
      stage.addMany(4, 15)
      expect(stage.queues.isWorthItsRoom(1000, 0)).toBe(true)
    })

    it('is true for what takes a quarter of the capacity, or the window', () => {
      const narrow = new QueuesStage({ windowShare: 0.01, rule: CONTEST }, 100, true)
      const wide = new QueuesStage({ windowShare: 0.6, rule: CONTEST }, 100, true)
      narrow.addMany(100, 15)
      wide.addMany(100, 15)
      expect([25, 26].map((charge) => narrow.queues.isWorthItsRoom(charge, 1))).toEqual([
        true,
        false,
      ])
      expect([60, 61].map((charge) => wide.queues.isWorthItsRoom(charge, 1))).toEqual([true, false])
    })

    it('beyond that, if it is asked for more often than all together that would go', () => {
      const stage = new QueuesStage({ windowShare: 0.01, rule: CONTEST }, 100, true)
      for (let at = 0; at < 10; at += 1) stage.add(1, 10)
      expect([3, 4].map((frequency) => stage.queues.isWorthItsRoom(30, frequency))).toEqual([
        false,
        true,
      ])
    })

    it('does not count who may stay because there is room', () => {
      const stage = new QueuesStage({ windowShare: 0.01, rule: CONTEST }, 100, true)
      for (let at = 0; at < 8; at += 1) stage.add(1, 10)
      expect([1, 2].map((frequency) => stage.queues.isWorthItsRoom(30, frequency))).toEqual([
        false,
        true,
      ])
      expect(stage.queues.isWorthItsRoom(20, 0)).toBe(true)
    })
  })

  it('always has a victim while anybody is in, and never the same slot in two queues', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            charge: fc.integer({ min: 1, max: 100 }),
            arm: fc.constantFrom(...W_TINY_LFU_ARMS),
          }),
        ),
        (steps) => {
          const stage = new QueuesStage({ windowShare: 0.2, rule: CONTEST }, 100, true)
          for (const { charge, arm } of steps) {
            stage.queues.follow(arm)
            stage.evictTo(100 - charge)
            stage.add(charge & 7, charge)
          }
          expect(stage.queues.length).toBe(stage.pages.live)
          stage.evictTo(0)
          expect([stage.queues.size, stage.pages.live]).toEqual([0, 0])
          expect(stage.queues.victim(NO_SLOT)).toBe(NO_SLOT)
        },
      ),
    )
  })
})
