import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { drainListener, listener } from '../../src/server/listener.ts'
import type { LogLevel } from '../../src/server/settings/server-settings.ts'
import { openRaw } from './raw-request.ts'

const apps: FastifyInstance[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

function open(level: LogLevel = 'silent', isGuarded = false) {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = listener({ log: { level, stream }, isGuarded })
  apps.push(app)
  return { app, lines, messages: () => lines.map((line) => JSON.parse(line).msg as string) }
}

describe('listener()', () => {
  it('answers a path that has nothing with problem details', async () => {
    const { app } = open()
    const answer = await app.inject('/nothing')
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ code: 'CACHE_ROUTE_UNKNOWN', instance: '/nothing' })
  })

  it('answers an unexpected error with problem details that tell nothing of it, and logs it', async () => {
    const { app, lines } = open('error')
    app.get('/broken', () => {
      throw new Error('the password is 1234')
    })
    const answer = await app.inject('/broken')
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('1234')
    expect(lines.join('')).toContain('1234')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ reqId: answer.json().requestId })
  })

  it('gives requests ids that no other listener gives', async () => {
    const ids: string[] = []
    for (const { app } of [open(), open()]) {
      for (const url of ['/a', '/b']) ids.push((await app.inject(url)).json().requestId)
    }
    expect(new Set(ids).size).toBe(4)
  })

  it('is guarded only if it is told so', async () => {
    const headers = { host: 'evil.example' }
    const statuses = [true, false].map(async (isGuarded) => {
      return (await open('silent', isGuarded).app.inject({ url: '/', headers })).statusCode
    })
    expect(await Promise.all(statuses)).toEqual([403, 404])
  })

  it.each([
    ['info', 0],
    ['warn', 0],
    ['debug', 2],
  ] as const)('at level %s logs %d lines for a request', async (level, count) => {
    const { app, messages } = open(level)
    app.get('/', () => 'ok')
    await app.inject('/')
    expect(messages()).toHaveLength(count)
  })

  it('shares the log of another listener', async () => {
    const { app, messages } = open('warn')
    const other = listener({ log: app.log, isGuarded: false })
    apps.push(other)
    other.log.warn('from the other')
    expect(messages()).toEqual(['from the other'])
  })
})

describe('drainListener()', () => {
  /** A listener with a route that answers when the test says so. */
  async function withSlowRoute() {
    const { app } = open()
    let finish: () => void = () => undefined
    let begun: () => void = () => undefined
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    app.get('/slow', async () => {
      begun()
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return 'done at last'
    })
    app.get('/quick', () => 'done at once')
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    return { app, url, hasBegun, finish: () => finish() }
  }

  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

  it('lets a request end, and then its connection, though it was to be kept alive', async () => {
    const { app, url, hasBegun, finish } = await withSlowRoute()
    const connection = await openRaw(url)
    connection.send(get('/slow'))
    await hasBegun
    const drained = drainListener(app, 10_000)
    finish()
    expect(await connection.until('done at last')).toContain('200 OK')
    expect(await drained).toBe(true)
    await connection.ended
  })

  it('ends idle connections at once, and accepts no new ones', async () => {
    const { app, url } = await withSlowRoute()
    const connection = await openRaw(url)
    connection.send(get('/quick'))
    await connection.until('done at once')
    expect(await drainListener(app, 10_000)).toBe(true)
    await connection.ended
    await expect(openRaw(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('cuts off what has not ended when the time is up, and says so', async () => {
    const { app, url, hasBegun, finish } = await withSlowRoute()
    const connection = await openRaw(url)
    connection.send(get('/slow'))
    await hasBegun
    expect(await drainListener(app, 20)).toBe(false)
    await connection.ended
    finish()
  })
})
