import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listener } from '../../src/server/listener.ts'
import { publicRoutes } from '../../src/server/public-routes.ts'
import { testDependencies } from './test-dependencies.ts'

let app: FastifyInstance

beforeAll(async () => {
  app = listener({ log: { level: 'silent', stream: { write: () => undefined } }, isGuarded: true })
  await publicRoutes(app, testDependencies(), '1.2.3')
})

afterAll(() => app.close())

describe('publicRoutes()', () => {
  it('has the routes of tenants and of operators, and none of the internal listener', async () => {
    const statusOf = async (url: string) => (await app.inject(url)).statusCode
    expect(await statusOf('/v1/caches')).toBe(200)
    expect(await statusOf('/v1/admin/overview')).toBe(200)
    for (const url of ['/livez', '/readyz', '/startupz', '/metrics']) {
      expect(await statusOf(url)).toBe(404)
    }
  })

  it('describes itself at /openapi.json, as OpenAPI 3.1, with the version of the service', async () => {
    const answer = await app.inject('/openapi.json')
    expect(answer.headers['content-type']).toContain('application/json')
    const document = answer.json()
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
    expect(document.paths).toHaveProperty(['/v1/caches/{cache}/entries/{key}', 'put'])
    expect(document.paths).toHaveProperty(['/v1/admin/tenants', 'get'])
    const paths = Object.keys(document.paths)
    expect(paths.every((path) => path.startsWith('/v1/'))).toBe(true)
  })

  it('leads a browser that opens the address to the page', async () => {
    const answer = await app.inject('/')
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/docs/'])
  })

  it('serves the page with all that it loads from here', async () => {
    const page = await app.inject('/docs/')
    expect(page.statusCode).toBe(200)
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) {
      expect(link).toMatch(/^\.\/static\//)
      const asset = await app.inject(new URL(link, 'http://localhost/docs/').pathname)
      expect(asset.statusCode).toBe(200)
    }
    expect((await app.inject('/docs/json')).json()).toMatchObject({ openapi: '3.1.0' })
  })

  it('lets the page load nothing from elsewhere, be framed by nobody, and stay on HTTP', async () => {
    const { headers } = await app.inject('/docs/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/https:|upgrade-insecure-requests/)
  })
})
