import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { sendProblem } from '../../src/api/middleware/problem-middleware.ts'
import { loopbackGuard } from '../../src/server/loopback-guard.ts'

async function statusFor(headers: Readonly<Record<string, string>>): Promise<number> {
  const app = fastify()
  app.setErrorHandler(sendProblem)
  app.addHook('onRequest', loopbackGuard)
  app.all('/', () => 'in')
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/', headers })
  await app.close()
  if (statusCode !== 200) expect(JSON.parse(body)).toMatchObject({ code: 'CACHE_FORBIDDEN' })
  return statusCode
}

describe('loopbackGuard', () => {
  it.each([
    ['localhost:7400'],
    ['127.0.0.1:7400'],
    ['127.0.0.1'],
    ['[::1]:7400'],
    ['[::1]'],
    ['localhost:9999'],
    ['LOCALHOST:7400'],
  ])('admits a request for the host %s', async (host) => {
    expect(await statusFor({ host })).toBe(200)
  })

  it.each([
    ['evil.example'],
    ['evil.example:7400'],
    ['127.0.0.1.evil.example:7400'],
    ['localhost.evil.example'],
    ['192.168.1.1:7400'],
    ['[::2]:7400'],
    ['0.0.0.0:7400'],
    ['a b'],
    ['@'],
  ])(
    'refuses a request for the host %j, which a web page could have pointed here',
    async (host) => {
      expect(await statusFor({ host })).toBe(403)
    },
  )

  it.each([['http://localhost:7400'], ['http://127.0.0.1:3000'], ['https://[::1]:8443']])(
    'admits what a page of this machine sends, from %s',
    async (origin) => {
      expect(await statusFor({ host: '127.0.0.1:7400', origin })).toBe(200)
    },
  )

  it.each([['https://evil.example'], ['http://127.0.0.1.evil.example'], ['null'], ['']])(
    'refuses what another page sends, from %j, though it knows the right host',
    async (origin) => {
      expect(await statusFor({ host: '127.0.0.1:7400', origin })).toBe(403)
    },
  )
})
