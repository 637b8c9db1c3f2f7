import type { IncomingHttpHeaders } from 'node:http'
import Type, { type TOptional, type TString } from 'typebox'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import { parseCachePriority } from '../../../core/value-objects/cache-priority.ts'
import type { Model } from '../model.ts'
import { HttpProblem } from '../responses/problem-response.ts'
import type { SetOptionsRequest, WireDuration } from './set-cache-request.ts'

function header(description: string): TOptional<TString> {
  return Type.Optional(Type.String({ description }))
}

/** The request headers of a PUT, for the documentation. */
export const SetCacheHeaders: Model<Readonly<Record<string, string>>> = Type.Unsafe(
  Type.Object({
    'Cache-TTL': header('A duration with its unit such as 5m, never, 0, or an ISO 8601 instant'),
    'Cache-Tags': header('Comma-separated, percent-encoded where they contain a comma or a %'),
    'Cache-Depends-On': header('What the value was made from; written as Cache-Tags'),
    'Cache-Priority': header('low, medium, high or critical'),
    'Cache-Stale-While-Revalidate': header('A duration with its unit'),
    'Cache-Stale-If-Error': header('A duration with its unit'),
    'Cache-Lease': header('The token of a lease: store only if it still holds'),
    'If-Match': header('Store only over the value with this ETag'),
    'If-None-Match': header('*: store only if there is no fresh value'),
  }),
)

/**
 * The options of a stored entry from the headers of a PUT. A number without a unit is refused, since
 * HTTP counts in seconds and the library in milliseconds; only 0 means the same in both.
 *
 * @throws CacheError CACHE_TAG_INVALID, CACHE_OPTION_INVALID
 */
export function headerOptions(headers: IncomingHttpHeaders): SetOptionsRequest {
  const ttl = zeroOrText(single(headers, 'cache-ttl'))
  const tags = nameList(single(headers, 'cache-tags'), 'Cache-Tags')
  const dependsOn = nameList(single(headers, 'cache-depends-on'), 'Cache-Depends-On')
  const priority = single(headers, 'cache-priority')
  const revalidate = zeroOrText(single(headers, 'cache-stale-while-revalidate'))
  const ifError = zeroOrText(single(headers, 'cache-stale-if-error'))
  return {
    ...(ttl === undefined ? {} : { ttl }),
    ...(tags === undefined ? {} : { tags }),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(priority === undefined ? {} : { priority: parseCachePriority(priority) }),
    ...(revalidate === undefined ? {} : { staleWhileRevalidate: revalidate }),
    ...(ifError === undefined ? {} : { staleIfError: ifError }),
  }
}

/**
 * Fields and headers together.
 *
 * @throws HttpProblem CACHE_REQUEST_INVALID if both say something of the same option
 */
export function mergedOptions(
  fields: SetOptionsRequest,
  headers: SetOptionsRequest,
): SetOptionsRequest {
  for (const name of Object.keys(headers)) {
    if (Object.hasOwn(fields, name)) {
      throw saidTwice(name)
    }
  }
  return { ...fields, ...headers }
}

function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  // Node joins repeated headers of these names with a comma, so there is one text.
  return typeof value === 'string' ? value : undefined
}

function zeroOrText(text: string | undefined): WireDuration | undefined {
  return text === '0' ? 0 : text
}

function nameList(text: string | undefined, option: string): string[] | undefined {
  if (text === undefined) return undefined
  const members = text.split(',').map((member) => member.trim())
  return members.filter((member) => member !== '').map((member) => decoded(member, option))
}

function decoded(member: string, option: string): string {
  try {
    return decodeURIComponent(member)
  } catch (cause) {
    const message = `Cannot use ${option}: expected percent-encoded UTF-8, got ${describeValue(member)}`
    throw notEncoded(message, cause)
  }
}

function notEncoded(message: string, cause: unknown): CacheError {
  return new CacheError('CACHE_TAG_INVALID', message, { cause })
}

function saidTwice(name: string): HttpProblem {
  const message = `expected ${name} as a field or as a header, got both`
  return new HttpProblem('CACHE_REQUEST_INVALID', `Cannot store the entry: ${message}`, {
    errors: [{ field: `/${name}`, message }],
  })
}
