import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HttpProblem } from '../models/responses/problem-response.ts'
import { JSON_TYPE } from '../models/stored-body.ts'

/** Refuses what is not UTF-8, which `Buffer.toString` would silently replace, and drops a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Decides which bodies the routes of `app` read, whatever parsers the host has: `jsonType` as JSON, and,
 * under `others: 'bytes'`, anything else as the bytes it is; under `'refuse'` anything else gets 415.
 */
export function bodyMiddleware(
  app: FastifyInstance,
  bodies: { readonly jsonType: string; readonly others: 'bytes' | 'refuse' },
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(bodies.jsonType, { parseAs: 'buffer' }, (request, body, done) => {
    assertUnencoded(request)
    // Clients that name the type of every request also name that of a body they don't send.
    done(null, body.length === 0 ? undefined : parseJson(body))
  })
  if (bodies.others === 'bytes') {
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
      assertUnencoded(request)
      done(null, body)
    })
    return
  }
  // Clients that send JSON without saying so get the sentence that helps them.
  app.addContentTypeParser('*', (request, _payload, done) => {
    const type = request.headers['content-type'] ?? 'none'
    done(
      new HttpProblem(
        'CACHE_MEDIA_TYPE_UNSUPPORTED',
        `Cannot read the body: expected content type ${JSON_TYPE}, got ${type.slice(0, 100)}`,
      ),
    )
  })
}

/**
 * JSON as it is. `__proto__` becomes a plain property of its own object, as `JSON.parse` makes it: as a
 * field of a request it is an unknown one, inside a value it is data.
 *
 * @throws HttpProblem CACHE_BODY_MALFORMED
 */
export function parseJson(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : utf8.decode(body))
  } catch (cause) {
    throw malformed(body, cause)
  }
}

function malformed(body: string | Uint8Array, cause: unknown): HttpProblem {
  const why = cause instanceof SyntaxError ? cause.message : 'it is not UTF-8'
  const got = body.length === 0 ? 'nothing' : why
  return new HttpProblem(
    'CACHE_BODY_MALFORMED',
    `Cannot read the body: expected JSON, got ${got}`,
    { cause },
  )
}

/** An encoded body would be stored as it is, and its readers wouldn't know that it is encoded. */
function assertUnencoded(request: FastifyRequest): void {
  const coding = request.headers['content-encoding'] ?? 'identity'
  if (coding === 'identity') return
  throw new HttpProblem(
    'CACHE_MEDIA_TYPE_UNSUPPORTED',
    `Cannot read the body: expected no Content-Encoding, got ${coding.slice(0, 100)}`,
    { headers: { 'accept-encoding': 'identity' } },
  )
}
