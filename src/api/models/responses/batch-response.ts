import Type from 'typebox'
import type { CacheError } from '../../../core/exceptions/cache-error.ts'
import { type Model, model } from '../model.ts'
import { CacheResponse } from './cache-response.ts'
import { isProblemCode, PROBLEMS, type ProblemCode } from './problem-response.ts'

/** One item of a batch that failed: what its own request would have answered. */
export interface ItemFailure {
  readonly key: string
  readonly status: number
  readonly code: string
  readonly detail: string
}

/** What became of one item. The status is that of its own request; the batch itself answers 200. */
export interface ItemResponse {
  readonly key: string
  readonly status: number
  readonly code?: string
  readonly detail?: string
  /** The entry, of a read that found it. */
  readonly entry?: CacheResponse
  /** False: there was nothing to delete. */
  readonly deleted?: boolean
}

/** What became of the items, in the order given. */
export interface BatchResponse {
  readonly items: readonly ItemResponse[]
}

export const BatchResponse: Model<BatchResponse> = model<BatchResponse>()(
  Type.Object({
    items: Type.Array(
      Type.Object({
        key: Type.String(),
        status: Type.Integer({ description: 'That of a request of its own' }),
        code: Type.Optional(Type.String()),
        detail: Type.Optional(Type.String()),
        entry: Type.Optional(CacheResponse),
        deleted: Type.Optional(Type.Boolean()),
      }),
      { description: 'In the order given' },
    ),
  }),
)

/** The answer for an item that is refused with this code. */
export function itemFailure(key: string, code: ProblemCode, detail: string): ItemFailure {
  return { key, status: PROBLEMS[code].status, code, detail }
}

/** The answer for an item that the cache refused. */
export function itemRefusal(key: string, error: CacheError): ItemFailure {
  const code = isProblemCode(error.code) ? error.code : 'CACHE_INTERNAL'
  return itemFailure(key, code, error.message)
}
