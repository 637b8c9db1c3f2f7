import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { drainOnSignal } from '../../src/server/drain-on-signal.ts'

/** A server whose drain ends when the test says so, and a process that only notes that it was ended. */
function stage() {
  const signals = new EventEmitter()
  const exits: number[] = []
  let nowMs = 0
  let closes = 0
  let settle: { resolve(isClean: boolean): void; reject(error: Error): void } | undefined
  const server = {
    publicUrl: '',
    internalUrl: '',
    close: () => {
      closes += 1
      return new Promise<boolean>((resolve, reject) => {
        settle = { resolve, reject }
      })
    },
  }
  const control = { signals, exit: (code: number) => exits.push(code), monotonicMs: () => nowMs }
  return {
    exits,
    signals,
    ended: drainOnSignal(server, control),
    closes: () => closes,
    settle: () => {
      if (settle === undefined) throw new Error('the server was not asked to close')
      return settle
    },
    send: (signal: 'SIGTERM' | 'SIGINT', atMs: number) => {
      nowMs = atMs
      signals.emit(signal, signal)
    },
  }
}

describe('drainOnSignal()', () => {
  it.each([['SIGTERM'], ['SIGINT']] as const)(
    '%s drains, and the exit code is 0',
    async (signal) => {
      const { send, ended, settle, closes } = stage()
      expect(closes()).toBe(0)
      send(signal, 0)
      settle().resolve(true)
      expect(await ended).toBe(0)
      expect(closes()).toBe(1)
    },
  )

  it('answers 1 if requests had to be cut off', async () => {
    const { send, ended, settle } = stage()
    send('SIGTERM', 0)
    settle().resolve(false)
    expect(await ended).toBe(1)
  })

  it('rejects if the drain fails', async () => {
    const { send, ended, settle } = stage()
    send('SIGTERM', 0)
    settle().reject(new Error('broken'))
    await expect(ended).rejects.toThrow('broken')
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second signal, %s, ends the process at once with %d', (second, code) => {
    const { send, exits, closes } = stage()
    send('SIGINT', 1000)
    send(second, 1500)
    expect(exits).toEqual([code])
    expect(closes()).toBe(1)
  })

  it('takes two signals within half a second for one, since npm start sends Ctrl-C twice', () => {
    const { send, exits } = stage()
    send('SIGINT', 1000)
    send('SIGINT', 1499)
    expect(exits).toEqual([])
  })

  it('leaves no listener behind', async () => {
    const { send, ended, settle, signals } = stage()
    expect(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT')).toBe(2)
    send('SIGTERM', 0)
    settle().resolve(true)
    await ended
    expect(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT')).toBe(0)
  })
})
