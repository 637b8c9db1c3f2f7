import { describe, expect, it } from 'vitest'
import { packageVersion } from '../../src/server/package-version.ts'
import { run } from './test-terminal.ts'

describe('platform-cache version', () => {
  it('prints the version of the package and of Node', async () => {
    const { code, out, err } = await run(['version'])
    expect([code, out, err]).toEqual([0, `${packageVersion()} (Node ${process.version})\n`, ''])
  })

  it('prints both as JSON', async () => {
    const { code, out } = await run(['version', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ version: packageVersion(), node: process.version })
  })

  it.each([['--version'], ['-V']])('is also %s, which prints the version alone', async (flag) => {
    expect(await run([flag])).toEqual({ code: 0, out: `${packageVersion()}\n`, err: '' })
  })
})
