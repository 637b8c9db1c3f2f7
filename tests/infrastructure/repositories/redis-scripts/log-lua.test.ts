import { afterAll, beforeAll, expect, it } from 'vitest'
import { crc32cOfText } from '../../../../src/infrastructure/repositories/redis-frames/crc32c.ts'
import {
  CRC_LUA,
  logLua,
} from '../../../../src/infrastructure/repositories/redis-scripts/log-lua.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type ScriptStage, scriptStage } from './script-stage.ts'

describeWithRedis('what scripts have in common', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())

  const lua = (body: string, ...args: string[]): Promise<unknown> =>
    stage.send('EVAL', logLua(`${CRC_LUA}${body}`), '0', ...args)

  it('whole() writes the largest numbers without an exponent', async () => {
    expect(String(await lua('return whole(tonumber(ARGV[1]))', '9007199254740991'))).toBe(
      '9007199254740991',
    )
  })

  it('crc32c() goes on where another has begun', async () => {
    const body = `return string.format('%.0f', crc32c(tonumber(ARGV[1]), ARGV[2]) % 4294967296)`
    const crc = await lua(body, String(crc32cOfText('1234')), '56789')
    expect(Number(String(crc))).toBe(0xe3069283)
  })

  it.each([
    ['OOM command not allowed', 'OOM command not allowed'],
    ['@user_script: 29: -OOM command not allowed.\r\n', 'OOM command not allowed.'],
    ['anything', 'anything'],
  ])('told() leaves of %j only what it was', async (text, what) => {
    const told = lua('return told({err = ARGV[1]}).err', text)
    expect(String(await told)).toBe(what)
  })

  it('tell what a command refuses as it is told outside of scripts', async () => {
    await stage.send('REPLICAOF', '127.0.0.1', '1')
    await expect(lua(`redis.call('UNLINK', 'key')`)).rejects.toThrow(/^READONLY /)
    await stage.send('REPLICAOF', 'NO', 'ONE')
    await expect(lua(`return redis.call('GET')`)).rejects.toThrow(/^.{0,99}number of args/)
    await expect(lua(`error('mine')`)).rejects.toThrow(/mine/)
  })

  it('ask() takes the wrong type for nothing, and passes on any other error', async () => {
    await stage.send('RPUSH', 'list', 'x')
    expect(await lua(`return ask('GET', 'list') == false and 1 or 0`)).toBe(1)
    await expect(lua(`return ask('LRANGE', 'list')`)).rejects.toThrow(/number of args/)
  })
})
