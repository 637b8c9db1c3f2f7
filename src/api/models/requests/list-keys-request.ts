import Type from 'typebox'
import { type Model, model } from '../model.ts'

/** Which keys to list. */
export interface ListKeysRequest {
  /** A pattern such as `user:*`; all keys if it isn't there. */
  readonly match?: string
  readonly limit?: number
  /** From the page before. */
  readonly cursor?: string
}

/** Makes the schema, for pages of at most this many keys. */
export function listKeysRequest(maxItems: number): Model<ListKeysRequest> {
  return model<ListKeysRequest>()(
    Type.Object(
      {
        match: Type.Optional(Type.String({ description: 'A pattern such as user:*' })),
        limit: Type.Optional(
          Type.Integer({ minimum: 1, maximum: maxItems, description: 'Default: 100' }),
        ),
        cursor: Type.Optional(
          Type.String({ maxLength: 2048, description: 'From the page before' }),
        ),
      },
      { additionalProperties: false },
    ),
  )
}

/** Keys on a page when nothing is said. */
export const DEFAULT_PAGE_ITEMS = 100

/**
 * `Link` to the page after, relative to the request so that it holds behind any prefix and proxy.
 * Source: RFC 8288.
 */
export function nextLink(request: ListKeysRequest, cursor: string): string {
  const query = new URLSearchParams()
  if (request.match !== undefined) query.set('match', request.match)
  if (request.limit !== undefined) query.set('limit', String(request.limit))
  query.set('cursor', cursor)
  return `<?${query.toString()}>; rel="next"`
}
