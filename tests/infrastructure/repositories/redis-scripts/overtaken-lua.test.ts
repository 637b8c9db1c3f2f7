import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { logLua } from '../../../../src/infrastructure/repositories/redis-scripts/log-lua.ts'
import {
  encodeRecord,
  type LogRecord,
} from '../../../../src/infrastructure/repositories/redis-scripts/log-record.ts'
import { markCall } from '../../../../src/infrastructure/repositories/redis-scripts/mark-call.ts'
import { OVERTAKEN_LUA } from '../../../../src/infrastructure/repositories/redis-scripts/overtaken-lua.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { keyRecord, LOG, type ScriptStage, scriptStage } from './script-stage.ts'

const script = {
  name: 'OVERTAKEN',
  text: logLua(`${OVERTAKEN_LUA}
return overtaken(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))(tonumber(ARGV[3]), ARGV[4]) and 1 or 0
`),
}
const recordOf = (scope: InvalidationScope, namespace = 'fixtures'): LogRecord => ({
  id: 'id',
  mark: markFixture(scope, { namespace }),
  isAwaited: false,
})
const tag: InvalidationScope = { kind: 'tag', tag: parseCacheTag('org:7') }
const dependency = parseDependencyName('team:9')

describeWithRedis('overtaken()', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  const mark = (...records: LogRecord[]): Promise<unknown> =>
    stage.run(
      markCall(LOG, records, { maxRecords: 9999, maxScopes: 9 }, { deleted: [], since: [] }),
    )
  async function isOvertaken(since: number, tail: number, key = 'a', from = since) {
    const args = [from, tail, since].map(String)
    return stage.run({ script, keys: [LOG.log], args: [...args, encodeRecord(keyRecord(key))] })
  }

  it('counts marks of the key that came after, and none that stand before', async () => {
    await mark(keyRecord('a'), keyRecord('b'), keyRecord('c'))
    expect(await isOvertaken(0, 3)).toBe(1)
    expect(await isOvertaken(1, 3)).toBe(0)
    expect(await isOvertaken(1, 3, 'b')).toBe(1)
    expect(await isOvertaken(2, 3, 'b', 0)).toBe(0)
    expect(await isOvertaken(3, 3)).toBe(0)
  })

  it.each([
    ['a tag of the namespace', recordOf(tag), 1],
    ['the namespace', recordOf({ kind: 'namespace' }), 1],
    ['a prefix', recordOf({ kind: 'prefix', prefix: 'b' }), 1],
    ['a tag of another namespace', recordOf(tag, 'other'), 0],
    [
      'the key in another namespace',
      recordOf({ kind: 'key', key: parseCacheKey('a') }, 'other'),
      0,
    ],
    [
      'a dependency, wherever',
      recordOf({ kind: 'dependency', dependency, closure: [] }, 'other'),
      1,
    ],
  ])('takes %s for what it may reach', async (_, record, answer) => {
    await mark(record)
    expect(await isOvertaken(0, 1)).toBe(answer)
  })

  it('tells keys by their exact text', async () => {
    const names = ['a\u00e9', 'a"b', 'a\\u0000', 'é']
    await mark(...names.map((name) => keyRecord(name)))
    for (const name of names) expect(await isOvertaken(0, 4, name)).toBe(1)
    expect(await isOvertaken(0, 4, 'a\\')).toBe(0)
  })

  it.each([['[2,"id"]'], ['no JSON'], ['7'], ['[1,"id",0]']])(
    'takes a record that says %s for one that reaches everything',
    async (text) => {
      await stage.send('XADD', LOG.log, '1-0', 'm', text, 't', '0')
      await stage.send('XADD', LOG.log, '2-0', 'm', encodeRecord(keyRecord('b')), 't', '0')
      expect(await isOvertaken(0, 2)).toBe(1)
      expect(await isOvertaken(1, 2)).toBe(0)
    },
  )

  it('takes what it cannot see for what reaches everything: trimmed, too many, or beyond the end', async () => {
    await mark(keyRecord('b'), keyRecord('c'))
    await stage.send('XDEL', LOG.log, '1-0')
    expect(await isOvertaken(0, 2)).toBe(1)
    expect(await isOvertaken(1, 2)).toBe(0)
    expect(await isOvertaken(3, 2)).toBe(1)
    await mark(...Array.from({ length: 501 }, () => keyRecord('b')))
    expect(await isOvertaken(2, 503)).toBe(1)
    expect(await isOvertaken(3, 503)).toBe(0)
  })
})
