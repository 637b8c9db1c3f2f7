import { describe, expect, it } from 'vitest'
import { EventDispatcher } from '../../../src/application/services/event-dispatcher.ts'
import type { CacheEvent } from '../../../src/core/events/cache-event.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'

const miss: CacheEvent = { type: 'miss', namespace: 'ns', key: parseCacheKey('key'), atMs: 1 }
const hit: CacheEvent = { ...miss, type: 'hit', tier: 'memory', stale: false }

function dispatching() {
  const faults: [CacheEvent, unknown][] = []
  const dispatcher = new EventDispatcher((...fault) => faults.push(fault))
  return { dispatcher, faults }
}

describe('EventDispatcher', () => {
  it('hands each event to those who asked for its type, and to those who asked for all', () => {
    const { dispatcher } = dispatching()
    const heard: string[] = []
    dispatcher.on('miss', (event) => heard.push(`miss: ${event.type}`))
    dispatcher.on('*', (event) => heard.push(`all: ${event.type}`))
    dispatcher.emit(miss)
    dispatcher.emit(hit)
    expect(heard).toEqual(['miss: miss', 'all: miss', 'all: hit'])
  })

  it('hears a type while somebody listens to it or to all, and not before or after', () => {
    const { dispatcher } = dispatching()
    const heard = () => [dispatcher.hears('miss'), dispatcher.hears('hit')]
    expect(heard()).toEqual([false, false])
    const endMiss = dispatcher.on('miss', () => undefined)
    const endOther = dispatcher.on('miss', () => undefined)
    expect(heard()).toEqual([true, false])
    endMiss()
    endMiss()
    expect(heard()).toEqual([true, false])
    const endAll = dispatcher.on('*', () => undefined)
    expect(heard()).toEqual([true, true])
    endOther()
    endAll()
    expect(heard()).toEqual([false, false])
  })

  it('ends no listener but its own, however late it is called', () => {
    const { dispatcher } = dispatching()
    const end = dispatcher.on('miss', () => undefined)
    end()
    dispatcher.on('miss', () => undefined)
    end()
    expect(dispatcher.hears('miss')).toBe(true)
  })

  it('calls a function twice that was registered twice, and ends one of them at a time', () => {
    const { dispatcher } = dispatching()
    let calls = 0
    const listener = () => {
      calls += 1
    }
    const end = dispatcher.on('miss', listener)
    dispatcher.on('miss', listener)
    dispatcher.emit(miss)
    expect(calls).toBe(2)
    end()
    dispatcher.emit(miss)
    expect(calls).toBe(3)
  })

  it('isolates a listener that throws: the others hear, and the fault is told', () => {
    const { dispatcher, faults } = dispatching()
    const error = new Error('listener')
    const heard: CacheEvent[] = []
    dispatcher.on('miss', () => {
      throw error
    })
    dispatcher.on('miss', (event) => heard.push(event))
    expect(() => dispatcher.emit(miss)).not.toThrow()
    expect(heard).toEqual([miss])
    expect(faults).toEqual([[miss, error]])
  })

  it('isolates a listener that rejects', async () => {
    const { dispatcher, faults } = dispatching()
    const error = new Error('listener')
    dispatcher.on('miss', () => Promise.reject(error))
    dispatcher.emit(miss)
    await Promise.resolve()
    expect(faults).toEqual([[miss, error]])
  })

  it('hears nothing of a listener that resolves', async () => {
    const { dispatcher, faults } = dispatching()
    dispatcher.on('miss', async () => 1)
    dispatcher.emit(miss)
    await Promise.resolve()
    expect(faults).toEqual([])
  })

  it('lets a listener end itself, and others begin, while an event is handed out', () => {
    const { dispatcher } = dispatching()
    const heard: string[] = []
    const end = dispatcher.on('miss', () => {
      heard.push('once')
      end()
    })
    dispatcher.on('miss', () => heard.push('always'))
    dispatcher.emit(miss)
    dispatcher.emit(miss)
    expect(heard).toEqual(['once', 'always', 'always'])
  })

  it('forgets all listeners on clear()', () => {
    const { dispatcher } = dispatching()
    let calls = 0
    const end = dispatcher.on('miss', () => {
      calls += 1
    })
    dispatcher.clear()
    dispatcher.emit(miss)
    expect(calls).toBe(0)
    end()
    expect(dispatcher.hears('miss')).toBe(false)
  })
})
