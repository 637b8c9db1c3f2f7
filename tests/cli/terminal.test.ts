import { describe, expect, it } from 'vitest'
import { colorsFor, processTerminal } from '../../src/cli/terminal.ts'

const stream = (isTTY?: boolean) => ({
  write: () => true,
  ...(isTTY === undefined ? {} : { isTTY }),
})

describe('colorsFor()', () => {
  it.each([
    [true, {}, false, true],
    [true, {}, true, false],
    [true, { NO_COLOR: '1' }, false, false],
    [true, { NO_COLOR: '' }, false, true],
    [false, {}, false, false],
    [undefined, {}, false, false],
    [undefined, { FORCE_COLOR: '1' }, false, true],
    [undefined, { FORCE_COLOR: '' }, false, false],
    [undefined, { FORCE_COLOR: '1' }, true, false],
  ] as const)(
    'terminal %s, environment %j, --no-color %s: %s',
    (isTTY, environment, isRefused, isColoured) => {
      const { red } = colorsFor(stream(isTTY), environment, isRefused)
      expect(red('x') !== 'x').toBe(isColoured)
    },
  )
})

describe('processTerminal()', () => {
  it('is this process', () => {
    const before = process.stdout.listenerCount('error')
    const terminal = processTerminal()
    expect(terminal.folder).toBe(process.cwd())
    expect(terminal.environment).toBe(process.env)
    expect(terminal.control.signals).toBe(process)
    const atMs = terminal.control.monotonicMs()
    expect(terminal.control.monotonicMs()).toBeGreaterThanOrEqual(atMs)
    const added = process.stdout.listeners('error').slice(before)
    expect(added).toHaveLength(1)
    for (const listener of added) process.stdout.off('error', listener as () => void)
  })
})
