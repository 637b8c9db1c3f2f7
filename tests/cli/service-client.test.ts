import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { CliFailure } from '../../src/cli/cli-failure.ts'
import { ServiceClient, type ServiceRequest } from '../../src/cli/service-client.ts'
import { withOtherServer } from './test-service.ts'

const GET: ServiceRequest = { method: 'GET', path: ['a'] }

const clientAt = (url: string, token?: string): ServiceClient =>
  new ServiceClient({ url: new URL(url), token, timeoutMs: 5000 })

async function failureOf(act: Promise<unknown>): Promise<CliFailure> {
  const failure = await act.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure instanceof CliFailure) return failure
  throw new Error(`expected a CliFailure, got ${String(failure)}`)
}

/** How the client fails at an answer. */
function failureAt(
  status: number,
  contentType: string,
  body: string,
  request: ServiceRequest = GET,
): Promise<CliFailure> {
  const answer = (_request: unknown, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': contentType }).end(body)
  }
  return withOtherServer(answer, (url) => failureOf(clientAt(url).ask(request)))
}

describe('ServiceClient.send()', () => {
  it('sends path, query, headers and body, each encoded as it must be', async () => {
    let seen: unknown
    await withOtherServer(
      (request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          const { method, url, headers } = request
          seen = { method, url, type: headers['content-type'], x: headers['x-a'], body }
          response.end()
        })
      },
      (url) =>
        clientAt(url).send({
          method: 'POST',
          path: ['caches', 'a b', 'entries', 'https://x/?y=1#z%'],
          query: { match: 'user:*&', cursor: undefined },
          headers: { 'x-a': 'b' },
          body: { n: 1 },
        }),
    )
    expect(seen).toEqual({
      method: 'POST',
      url: '/v1/caches/a%20b/entries/https%3A%2F%2Fx%2F%3Fy%3D1%23z%25?match=user%3A*%26',
      type: 'application/json',
      x: 'b',
      body: '{"n":1}',
    })
  })

  it('sends bytes as they are, without a content type of its own', async () => {
    let seen: unknown
    await withOtherServer(
      (request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk) => chunks.push(chunk))
        request.on('end', () => {
          seen = [request.headers['content-type'], ...Buffer.concat(chunks)]
          response.end()
        })
      },
      (url) =>
        clientAt(url).send({ method: 'PUT', path: ['a'], body: new Uint8Array([0, 255, 128]) }),
    )
    expect(seen).toEqual([undefined, 0, 255, 128])
  })

  it.each([['.'], ['..']])('refuses the name %s, which a URL would swallow', async (name) => {
    const failure = await failureOf(
      clientAt('http://127.0.0.1:1').send({ method: 'GET', path: ['caches', name] }),
    )
    expect(failure.exitCode).toBe(2)
    expect(failure.message).toContain(`Cannot address "${name}"`)
  })

  it.each([['ä'], ['a\nb'], ['\u0000']])('refuses %j in a header', async (value) => {
    const request: ServiceRequest = { ...GET, headers: { 'cache-ttl': value } }
    const failure = await failureOf(clientAt('http://127.0.0.1:1').send(request))
    expect(failure.exitCode).toBe(2)
    expect(failure.message).toContain('Cannot send cache-ttl: expected printable ASCII, got ')
  })
})

describe('ServiceClient when it is refused', () => {
  it('says the detail of the problem, and the other faults below it', async () => {
    const problem = {
      code: 'CACHE_REQUEST_INVALID',
      detail: 'Cannot use the body: /a: is missing',
      errors: [
        { field: '/a', message: 'is missing' },
        { field: '/b', message: 'there is no such field' },
      ],
    }
    const failure = await failureAt(422, 'application/problem+json', JSON.stringify(problem))
    expect(failure).toMatchObject({ exitCode: 2, code: 'CACHE_REQUEST_INVALID' })
    expect(failure.message).toBe(
      'Cannot use the body: /a: is missing\n  /b: there is no such field',
    )
  })

  it('says where the key goes when one is missing', async () => {
    const problem = JSON.stringify({ code: 'CACHE_UNAUTHENTICATED', detail: 'Cannot admit it' })
    const failure = await failureAt(401, 'application/problem+json', problem)
    expect(failure.exitCode).toBe(3)
    expect(failure.message).toContain('--token-file or PLATFORM_CACHE_TOKEN')
  })

  it.each([
    [404, 'text/html', '<h1>nginx</h1>'],
    [502, 'application/json', '{"error":"bad gateway"}'],
    [500, 'application/problem+json', '{"detail":'],
    [200, 'text/html', '<h1>hello</h1>'],
    [200, 'application/json', '{'],
    [304, 'application/json', ''],
  ])('takes %d with %s: %s for somebody else', async (status, type, body) => {
    const failure = await failureAt(status, type, body)
    expect(failure.exitCode).toBe(1)
    expect(failure.message).toMatch(
      /^Cannot understand http:\/\/127\.0\.0\.1:\d+: expected a Platform Cache there, got status \d+ with /,
    )
  })

  it('says what is known of an answer without a content type', async () => {
    const failure = await withOtherServer(
      (_request, response) => response.writeHead(500).end(),
      (url) => failureOf(clientAt(url).send(GET)),
    )
    expect(failure.message).toContain('got status 500 with no content type')
  })
})

describe('ServiceClient when nobody answers', () => {
  it('names the address and how to start the service', async () => {
    const url = await withOtherServer(
      () => undefined,
      async (url) => url,
    )
    const failure = await failureOf(clientAt(url).send(GET))
    expect(failure.exitCode).toBe(1)
    expect(failure.message).toBe(
      `Cannot reach ${url}: nothing listens there; start the service with: platform-cache serve`,
    )
  })

  it('says what went wrong otherwise', async () => {
    const failure = await withOtherServer(
      (request) => request.socket.destroy(),
      (url) => failureOf(clientAt(url).send(GET)),
    )
    expect(failure.exitCode).toBe(1)
    expect(failure.message).toMatch(/^Cannot reach http:\/\/127\.0\.0\.1:\d+: \S/)
  })
})
