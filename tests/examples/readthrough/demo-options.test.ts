import { describe, expect, it } from 'vitest'
import { demoOptions } from '../../../examples/readthrough/demo-options.ts'

describe('demoOptions()', () => {
  it('runs for 15 seconds over 100 000 rows in all three ways unless told otherwise', () => {
    expect(demoOptions([], {})).toMatchObject({
      seconds: 15,
      rows: 100_000,
      through: ['none', 'library', 'service'],
      trace: undefined,
      isQuiet: false,
      invalidates: true,
    })
  })

  it('takes the trace of the command line before that of the environment', () => {
    const environment = { DEMO_TRACE: 'b.br' }
    expect(demoOptions([], environment).trace).toBe('b.br')
    expect(demoOptions(['--trace', 'a.br'], environment).trace).toBe('a.br')
  })

  it('breaks the shop only when told to', () => {
    expect(demoOptions(['--without-invalidation'], {}).invalidates).toBe(false)
  })

  it.each([
    ['--seconds', '0'],
    ['--seconds', 'soon'],
    ['--rows', '0'],
    ['--rows', '1.5'],
    ['--requests', '-1'],
    ['--connections', ''],
    ['--through', 'redis'],
    ['--through', 'library,library'],
    ['--through', ''],
  ])('refuses %s=%s and says what it expects', (name, value) => {
    expect(() => demoOptions([`${name}=${value}`], {})).toThrow(
      new RegExp(`^Cannot use ${name}: expected .*, got ${value}$`),
    )
  })

  it('refuses an option that it does not know', () => {
    expect(() => demoOptions(['--second', '3'], {})).toThrow('--second')
  })
})
