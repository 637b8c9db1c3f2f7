import fastify, { type FastifyPluginAsync, type FastifyServerOptions } from 'fastify'
import { describe, expect, it } from 'vitest'
import {
  cacheDependencies,
  TRUSTED_PRINCIPAL,
} from '../../../src/api/dependencies/cache-dependencies.ts'
import { tenantCacheRouter } from '../../../src/api/routers/tenant-cache-router.ts'
import { FASTIFY_OPTIONS } from '../../../src/api/to-node-handler.ts'
import { createCache } from '../../../src/module.ts'

const options = {
  dependencies: cacheDependencies({ cache: createCache(), authenticate: () => TRUSTED_PRINCIPAL }),
}

/** What the log of a host says while the router is registered. */
async function warningsOf(server: FastifyServerOptions): Promise<string[]> {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = fastify({ ...server, logger: { level: 'warn', stream } })
  await app.register(tenantCacheRouter, options)
  await app.ready()
  await app.close()
  return lines
}

describe('openRouter()', () => {
  it('warns of a host that would answer 414 to long keys, and says what to do', async () => {
    const [line] = await warningsOf({})
    expect(line).toContain('routerOptions: { maxParamLength: 2048 }')
    expect(JSON.parse(line ?? '{}')).toMatchObject({ maxParamLength: 100, needed: 512 })
    expect(await warningsOf({ routerOptions: { maxParamLength: 511 } })).toHaveLength(1)
  })

  it('does not warn of a host that takes them', async () => {
    expect(await warningsOf({ routerOptions: { maxParamLength: 512 } })).toEqual([])
    expect(await warningsOf(FASTIFY_OPTIONS)).toEqual([])
  })

  it('opens twice beside itself, under two prefixes', async () => {
    const app = fastify(FASTIFY_OPTIONS)
    const both: FastifyPluginAsync = async (scope) => {
      await scope.register(tenantCacheRouter, { prefix: '/one', ...options })
      await scope.register(tenantCacheRouter, { prefix: '/two', ...options })
    }
    await app.register(both)
    for (const prefix of ['/one', '/two']) {
      expect((await app.inject(`${prefix}/v1/caches`)).statusCode).toBe(200)
    }
    await app.close()
  })
})
