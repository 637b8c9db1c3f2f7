import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AsyncLoadContext } from '../../../src/infrastructure/runtime/async-load-context.ts'

afterEach(() => vi.restoreAllMocks())

/** A promise and the function that settles it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('AsyncLoadContext', () => {
  it('has no value outside of a run', async () => {
    const context = new AsyncLoadContext<string>()
    expect(context.current()).toBeUndefined()
    await context.run('a', async () => {})
    expect(context.current()).toBeUndefined()
  })

  it('answers what the task answers, the very same promise', async () => {
    const context = new AsyncLoadContext<string>()
    const promise = Promise.resolve(7)
    expect(context.run('a', () => promise)).toBe(promise)
    expect(context.run('a', () => 8)).toBe(8)
    expect(context.run('a', () => null)).toBeNull()
  })

  it('shows its value to all that the task calls, now and after awaits', async () => {
    const context = new AsyncLoadContext<string>()
    const seen: (string | undefined)[] = []
    await context.run('a', async () => {
      seen.push(context.current())
      await Promise.resolve()
      seen.push(context.current())
      await nextTurn()
      seen.push(context.current())
    })
    expect(seen).toEqual(['a', 'a', 'a'])
  })

  it('shows the innermost value, and the outer one again after it', async () => {
    const context = new AsyncLoadContext<string>()
    const seen: (string | undefined)[] = []
    await context.run('outer', async () => {
      await context.run('inner', async () => {
        await nextTurn()
        seen.push(context.current())
      })
      seen.push(context.current())
      context.run('inner', () => seen.push(context.current()))
      seen.push(context.current())
    })
    expect(seen).toEqual(['inner', 'outer', 'inner', 'outer'])
  })

  it('keeps runs apart that overlap, whichever ends first', async () => {
    const context = new AsyncLoadContext<string>()
    const seen: (string | undefined)[] = []
    const first = gate()
    const second = gate()
    const run = (name: string, until: Promise<void>) =>
      context.run(name, async () => {
        await until
        await nextTurn()
        seen.push(context.current())
      })
    const runs = [run('first', first.opened), run('second', second.opened)]
    second.open()
    await runs[1]
    first.open()
    await runs[0]
    expect(seen).toEqual(['second', 'first'])
  })

  it('ends with a task that throws or rejects', async () => {
    const context = new AsyncLoadContext<string>()
    const failure = new Error('failed')
    const fail = () => {
      throw failure
    }
    expect(() => context.run('a', fail)).toThrow(failure)
    await expect(context.run('a', () => Promise.reject(failure))).rejects.toBe(failure)
    expect(context.current()).toBeUndefined()
  })

  it('doesn’t show an ended run to what its task left running, but the outer run that goes on', async () => {
    const context = new AsyncLoadContext<string>()
    const leftBehind = gate()
    const seen: (string | undefined)[] = []
    let late: Promise<void> = Promise.resolve()
    await context.run('outer', async () => {
      await context.run('inner', async () => {
        late = leftBehind.opened.then(() => {
          seen.push(context.current())
        })
      })
      leftBehind.open()
      await late
    })
    expect(seen).toEqual(['outer'])
  })

  it('doesn’t show an ended run to what its task left running when a later run begins', async () => {
    const context = new AsyncLoadContext<string>()
    const leftBehind = gate()
    const later = gate()
    const seen: (string | undefined)[] = []
    let late: Promise<void> = Promise.resolve()
    await context.run('ended', async () => {
      late = leftBehind.opened.then(() => {
        seen.push(context.current())
      })
    })
    const running = context.run('later', () => later.opened)
    leftBehind.open()
    await late
    later.open()
    await running
    expect(seen).toEqual([undefined])
  })

  it('uses no storage while no run is left, and only then none', async () => {
    const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable')
    const context = new AsyncLoadContext<string>()
    const first = gate()
    const second = gate()
    const runs = [context.run('a', () => first.opened), context.run('b', () => second.opened)]
    first.open()
    await runs[0]
    expect(disable).not.toHaveBeenCalled()
    second.open()
    await runs[1]
    expect(disable).toHaveBeenCalledTimes(1)
    expect(context.run('again', () => context.current())).toBe('again')
    expect(disable).toHaveBeenCalledTimes(2)
  })

  it('leaves a rejection to whoever waits for the task', async () => {
    const context = new AsyncLoadContext<string>()
    const rejections: unknown[] = []
    const note = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', note)
    const failing = context.run('a', () => Promise.reject(new Error('failed')))
    await expect(failing).rejects.toThrow('failed')
    await nextTurn()
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
  })
})
