import { describe, expect, it } from 'vitest'
import { logText, serverLog } from '../../src/server/server-log.ts'
import type { LogFormat } from '../../src/server/settings/server-settings.ts'

const AT_MS = Date.now()
const CLOCK = new Date(AT_MS).toTimeString().slice(0, 8)
const line = (fields: object): string =>
  `${JSON.stringify({ level: 30, time: AT_MS, pid: 1, hostname: 'h', msg: 'hello', ...fields })}\n`

describe('serverLog()', () => {
  it.each([
    ['json', true, false],
    ['json', false, false],
    ['text', true, true],
    ['text', false, true],
    ['auto', true, true],
    ['auto', false, false],
    ['auto', undefined, false],
  ] as const)('with format %s, on a terminal: %s, writes text: %s', (logFormat, isTTY, isText) => {
    const written: string[] = []
    const output = {
      write: (text: string) => written.push(text),
      ...(isTTY === undefined ? {} : { isTTY }),
    }
    const settings: { logFormat: LogFormat; logLevel: 'warn' } = { logFormat, logLevel: 'warn' }
    const log = serverLog(settings, output)
    log.stream.write(line({}))
    expect(log.level).toBe('warn')
    expect(written).toEqual([isText ? `${CLOCK} hello\n` : line({})])
  })
})

describe('logText()', () => {
  it.each([
    [10, 'trace: '],
    [20, 'debug: '],
    [30, ''],
    [40, 'warn: '],
    [50, 'error: '],
    [60, 'fatal: '],
    [35, '35: '],
  ])('names level %d as %j', (level, label) => {
    expect(logText(line({ level }))).toBe(`${CLOCK} ${label}hello\n`)
  })

  it('writes fields behind the message, quoted where they would run together', () => {
    expect(logText(line({ reqId: 'a-1', n: 2, words: 'a b', deep: { x: 1 } }))).toBe(
      `${CLOCK} hello reqId=a-1 n=2 words="a b" deep={"x":1}\n`,
    )
  })

  it('writes the stack of an error below, indented', () => {
    expect(logText(line({ err: { stack: 'Error: x\n  at y' } }))).toBe(
      `${CLOCK} hello\n  Error: x\n    at y\n`,
    )
    expect(logText(line({ err: 'no stack' }))).toBe(`${CLOCK} hello\n`)
  })

  it('goes without a message', () => {
    expect(logText(line({ msg: undefined, a: 1 }))).toBe(`${CLOCK}  a=1\n`)
  })
})
