import type { IncomingHttpHeaders } from 'node:http'
import { HttpProblem } from '../responses/problem-response.ts'

/** What `If-Match` and `If-None-Match` ask of the entry as it is: a list of tags, or `*` for any. */
export interface Precondition {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** The condition of a request; `undefined` if it makes none. */
export function precondition(headers: IncomingHttpHeaders): Precondition | undefined {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}

/**
 * Refuses a write whose condition doesn't hold. Source: RFC 9110, section 13.1: `If-Match` compares
 * strongly, `If-None-Match` weakly.
 *
 * @param etag that of the fresh value; `undefined` if there is none
 * @throws HttpProblem CACHE_PRECONDITION_FAILED
 */
export function assertPrecondition(condition: Precondition, etag: string | undefined): void {
  const { ifMatch, ifNoneMatch } = condition
  if (ifMatch !== undefined && !(etag !== undefined && matchesTag(ifMatch, etag, 'strong'))) {
    throw failed('If-Match', etag)
  }
  if (ifNoneMatch !== undefined && etag !== undefined && matchesTag(ifNoneMatch, etag, 'weak')) {
    throw failed('If-None-Match', etag)
  }
}

/** True if a read is answered by "not modified": `If-None-Match` names what the client has already. */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && matchesTag(ifNoneMatch, etag, 'weak')
}

/** True if the list names the strong tag `etag`, or is `*`. Weak tags in it count only when compared weakly. */
function matchesTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*' || list === etag) return true
  // Tags are base64url here, so no tag of ours contains a comma or a quote.
  return list.split(',').some((member) => {
    const tag = member.trim()
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`)
  })
}

function failed(header: string, etag: string | undefined): HttpProblem {
  const got = etag === undefined ? 'there is no fresh value' : `the entry is at ${etag}`
  return new HttpProblem(
    'CACHE_PRECONDITION_FAILED',
    `Cannot go on: ${header} does not hold, ${got}`,
    {
      headers: etag === undefined ? {} : { etag },
    },
  )
}
