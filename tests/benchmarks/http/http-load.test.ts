import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { httpLoad } from '../../../benchmarks/http/http-load.ts'

const BODY = Buffer.alloc(1024, 'x')

let server: Server
let url: URL
let served = 0

beforeEach(async () => {
  served = 0
  server = createServer((request, response) => {
    served += 1
    if (request.url === '/missing') response.writeHead(404).end(BODY)
    else if (request.url === '/long') response.end(Buffer.concat([BODY, BODY]))
    else if (request.url === '/pieces') {
      response.writeHead(200, { 'content-length': BODY.length })
      response.write(BODY.subarray(0, 100))
      setImmediate(() => response.end(BODY.subarray(100)))
    } else response.writeHead(200, { 'content-length': BODY.length }).end(BODY)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function load(path: string): ReturnType<typeof httpLoad> {
  return httpLoad({ url, path, bodyBytes: BODY.length, connections: 3, durationMs: 50 })
}

describe('httpLoad()', () => {
  it.each(['/whole', '/pieces'])('counts an answer for each request to %s', async (path) => {
    const { answers, elapsedMs } = await load(path)
    expect(answers).toBe(served)
    expect(answers).toBeGreaterThanOrEqual(3)
    expect(elapsedMs).toBeGreaterThanOrEqual(50)
  })

  it.each(['/missing', '/long'])(
    'rejects for %s, which is another answer than was expected',
    async (path) => {
      await expect(load(path)).rejects.toThrow('Cannot measure: expected another answer than HTTP')
    },
  )
})
