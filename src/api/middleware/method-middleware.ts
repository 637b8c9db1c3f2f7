import type { FastifyInstance, HTTPMethods } from 'fastify'
import { HttpProblem } from '../models/responses/problem-response.ts'

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Answers 405 and `Allow` for the methods that a path of `app` doesn't have, where Fastify says 404.
 * Call it before the routes are added; `close` adds what is missing once all of them are there.
 * OPTIONS stays free for a host's CORS.
 */
export function methodMiddleware(app: FastifyInstance): { close(): void } {
  const methodsByUrl = new Map<string, Set<string>>()
  const prefix = app.prefix
  app.addHook('onRoute', (route) => {
    const url = route.url.slice(prefix.length)
    const methods = methodsByUrl.get(url) ?? new Set()
    methodsByUrl.set(url, methods)
    for (const method of [route.method].flat()) methods.add(method)
  })
  return {
    close: () => {
      for (const [url, methods] of [...methodsByUrl]) refuseOthers(app, url, methods)
    },
  }
}

function refuseOthers(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const others = METHODS.filter((method) => !methods.has(method))
  if (others.length === 0) return
  const allow = [...methods].sort().join(', ')
  app.route({
    method: others,
    url,
    // Kept out of the OpenAPI document, which lists what there is.
    schema: { hide: true } as object, // `hide` is @fastify/swagger's; its types are not ours to load.
    // Before the body is read: it is refused whatever it holds.
    onRequest: (request, _reply, done) => done(methodNotAllowed(request.method, allow)),
    handler: () => undefined,
  })
}

function methodNotAllowed(method: string, allow: string): HttpProblem {
  return new HttpProblem(
    'CACHE_METHOD_NOT_ALLOWED',
    `Cannot ${method} this path: expected ${allow}`,
    { headers: { allow } },
  )
}
