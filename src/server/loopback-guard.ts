import type { IncomingHttpHeaders } from 'node:http'
import type { onRequestHookHandler } from 'fastify'
import { HttpProblem } from '../api/models/responses/problem-response.ts'

/**
 * Refuses what a web page of somebody else sends to a listener that trusts this machine.
 *
 * A browser on this machine reaches the listener too. A page can have its own name point here (DNS
 * rebinding), which the Host header gives away, or simply post here and not look at the answer, which
 * Origin gives away. Both have to name this machine; the port doesn't matter, so tunnels work.
 */
export const loopbackGuard: onRequestHookHandler = (request, _reply, done) => {
  const fault = faultOf(request.headers)
  if (fault === undefined) return done()
  done(new HttpProblem('CACHE_FORBIDDEN', `Cannot admit the request: ${fault}`))
}

/** A name of this machine, with or without a port. Matched, not parsed: it is looked at in every request. */
const LOOPBACK = '(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\])(?::\\d{1,5})?'
const LOOPBACK_HOST = new RegExp(`^${LOOPBACK}$`, 'i')
const LOOPBACK_ORIGIN = new RegExp(`^https?://${LOOPBACK}$`, 'i')

function faultOf({ host, origin }: IncomingHttpHeaders): string | undefined {
  if (host === undefined || !LOOPBACK_HOST.test(host)) {
    return 'without API keys, expected localhost, 127.0.0.1 or [::1] as Host, since a web page could have any other name point here'
  }
  if (origin === undefined || LOOPBACK_ORIGIN.test(origin)) return undefined
  return 'without API keys, expected no Origin, or one of this machine, since a web page of another could send it'
}
