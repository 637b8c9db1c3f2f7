import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { internalRoutes } from '../../src/server/internal-routes.ts'
import { listener } from '../../src/server/listener.ts'
import { testDependencies } from './test-dependencies.ts'

const apps: FastifyInstance[] = []
const HEALTH = ['/livez', '/readyz', '/startupz']

async function open(isExposed: boolean): Promise<FastifyInstance> {
  const log = { level: 'silent', stream: { write: () => undefined } } as const
  const app = listener({ log, isGuarded: false })
  apps.push(app)
  await internalRoutes(app, testDependencies(), isExposed)
  return app
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

describe('internalRoutes()', () => {
  it('has health and entries where only this machine reaches it', async () => {
    const app = await open(false)
    for (const url of [...HEALTH, '/v1/caches']) {
      expect((await app.inject(url)).statusCode).toBe(200)
    }
  })

  it('has health alone where the network reaches it, since it asks nobody who they are', async () => {
    const app = await open(true)
    for (const url of HEALTH) expect((await app.inject(url)).statusCode).toBe(200)
    for (const url of ['/v1/caches', '/v1/caches/default/entries/a', '//v1/caches', '/nothing']) {
      const answer = await app.inject(url)
      expect(answer.statusCode).toBe(403)
      expect(answer.json()).toMatchObject({ code: 'CACHE_FORBIDDEN' })
    }
    const put = { method: 'PUT', url: '/v1/caches/default/entries/a', payload: 'x' } as const
    expect((await app.inject(put)).statusCode).toBe(403)
  })
})
