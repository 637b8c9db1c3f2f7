import Type from 'typebox'
import type { LeaseAnswer } from '../../../application/commands/lease-cache-entry.ts'
import { type Model, model } from '../model.ts'
import { CacheResponse, cacheResponse, foundEntry } from './cache-response.ts'

/** What whoever asked for a lease is to do. */
export interface LeaseResponse {
  /** `hit`: here it is. `compute`: store it under the token. `wait`: somebody else computes, ask again. */
  readonly state: 'hit' | 'compute' | 'wait'
  /** The fresh value of a hit; else a stale one, if there is one. */
  readonly entry?: CacheResponse
  /** For the header `Cache-Lease` of the PUT. */
  readonly token?: string
  readonly expiresInMs?: number
  readonly retryAfterMs?: number
}

export const LeaseResponse: Model<LeaseResponse> = model<LeaseResponse>()(
  Type.Object({
    state: Type.Union([Type.Literal('hit'), Type.Literal('compute'), Type.Literal('wait')], {
      description: 'hit: here it is; compute: store it under the token; wait: ask again',
    }),
    entry: Type.Optional(CacheResponse),
    token: Type.Optional(Type.String({ description: 'For the header Cache-Lease of the PUT' })),
    expiresInMs: Type.Optional(Type.Integer()),
    retryAfterMs: Type.Optional(Type.Integer()),
  }),
)

export function leaseResponse(key: string, answer: LeaseAnswer): LeaseResponse {
  const found = foundEntry(answer.state === 'hit' ? answer.lookup : answer.stale, true)
  const entry = found === undefined ? {} : { entry: cacheResponse(key, found) }
  switch (answer.state) {
    case 'hit':
      return { state: 'hit', ...entry }
    case 'compute':
      return { state: 'compute', token: answer.token, expiresInMs: answer.expiresInMs, ...entry }
    case 'wait':
      return { state: 'wait', retryAfterMs: answer.retryAfterMs, ...entry }
  }
}
