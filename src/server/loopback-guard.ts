import type { IncomingHttpHeaders } from 'node:http'
import type { onRequestHookHandler } from 'fastify'
import { HttpProblem } from '../api/models/responses/problem-response.ts'
import { isLoopback } from './listen-host.ts'

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

function faultOf({ host, origin }: IncomingHttpHeaders): string | undefined {
  if (!namesLoopback(`http://${host ?? ''}`)) {
    return 'without API keys, expected localhost, 127.0.0.1 or [::1] as Host, since a web page could have any other name point here'
  }
  if (origin === undefined || namesLoopback(origin)) return undefined
  return 'without API keys, expected no Origin, or one of this machine, since a web page of another could send it'
}

function namesLoopback(url: string): boolean {
  const name = URL.canParse(url) ? new URL(url).hostname : ''
  return isLoopback(name.replace(/^\[(.*)\]$/, '$1'))
}
