import { describe, expect, it } from 'vitest'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import { preparedLog } from '../../src/module/prepared-log.ts'
import { deferred } from '../fakes/deferred.ts'
import { markFixture } from '../fakes/mark-fixture.ts'
import { SharedLink } from '../fakes/shared-link.ts'
import { SharedServers } from '../fakes/shared-servers.ts'

const START = { horizon: undefined, vouches: true, limit: 10 }
const regex = (text: string): InvalidationScope => ({ kind: 'regex', regex: text })

async function stage(...scopes: InvalidationScope[]) {
  const servers = new SharedServers()
  servers.found([])
  for (const [at, scope] of scopes.entries())
    servers.append({ id: `id-${at}`, mark: markFixture(scope), isAwaited: false })
  return new SharedLink(servers)
}

describe('preparedLog()', () => {
  it('answers once all expressions are compiled, or can’t be', async () => {
    const link = await stage(regex('a'), { kind: 'namespace' }, regex('('))
    const compiled = deferred<void>()
    const asked: InvalidationScope[] = []
    const log = preparedLog(link, (scope) => {
      asked.push(scope)
      return asked.length % 2 === 0 ? Promise.reject(new Error('it is none')) : compiled.promise
    })
    const horizon = { position: { generation: 'g1', seq: 0 }, id: '' }
    let isAnswered = false
    const reading = log.read({ ...START, horizon }).finally(() => {
      isAnswered = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toEqual([regex('a'), regex('(')])
    expect(isAnswered).toBe(false)
    compiled.resolve()
    expect((await reading).records).toHaveLength(3)
    await log.read(START)
    expect(asked).toHaveLength(4)
  })

  it('compiles nothing where there is no expression, and is the log in all else', async () => {
    const log = preparedLog(await stage({ kind: 'namespace' }), () =>
      Promise.reject(new Error('no')),
    )
    expect((await log.read(START)).scopes).toHaveLength(1)
    await log.found({ expected: 'g1', ancestors: ['g1'] })
    const pending = { id: 'x', mark: markFixture({ kind: 'namespace' }), isAwaited: false }
    const position = await log.append(pending)
    expect(position).toEqual({ generation: 'g2', seq: 1 })
    expect(await log.haveAllApplied(position, 1)).toBe(true)
    const rung: unknown[] = []
    const nothing = (): void => undefined
    const end = log.listen({
      onConnected: (server) => void rung.push(server),
      onDisconnected: nothing,
      onDoorbell: nothing,
      onValuesReplaced: nothing,
    })
    expect(rung).toEqual(['server'])
    await end()
  })
})
