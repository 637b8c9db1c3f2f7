import Type from 'typebox'
import { type Model, model } from '../model.ts'
import { HttpProblem } from '../responses/problem-response.ts'
import {
  type CacheParams,
  cacheNameSchema,
  type EntryParams,
  keySchema,
} from './get-cache-request.ts'

/** A path of an operator, which names the tenant. */
export interface TenantParams {
  readonly tenant: string
}

const tenantSchema = Type.String({ description: 'Name of the tenant; default if there are none' })

export const TenantParams: Model<TenantParams> = model<TenantParams>()(
  Type.Object({ tenant: tenantSchema }),
)

/** A path of an operator to a cache. */
export interface TenantCacheParams extends TenantParams, CacheParams {}

export const TenantCacheParams: Model<TenantCacheParams> = model<TenantCacheParams>()(
  Type.Object({ tenant: tenantSchema, cache: cacheNameSchema }),
)

/** A path of an operator to an entry. */
export interface TenantEntryParams extends TenantParams, EntryParams {}

export const TenantEntryParams: Model<TenantEntryParams> = model<TenantEntryParams>()(
  Type.Object({ tenant: tenantSchema, cache: cacheNameSchema, key: keySchema }),
)

/** How an operator looks at an entry. */
export interface BrowseRequest {
  /** Also the value. */
  readonly reveal?: boolean
}

export const BrowseRequest: Model<BrowseRequest> = model<BrowseRequest>()(
  Type.Object(
    {
      reveal: Type.Optional(
        Type.Boolean({ description: 'Also the value; needs the scope admin:reveal' }),
      ),
    },
    { additionalProperties: false },
  ),
)

/** Which level of the key tree to show. */
export interface KeyTreeRequest {
  /** Empty for the top, else segments that each end in `:`. */
  readonly path?: string
}

export const KeyTreeRequest: Model<KeyTreeRequest> = model<KeyTreeRequest>()(
  Type.Object(
    {
      path: Type.Optional(
        Type.String({
          maxLength: 512,
          description: 'Such as user: or user:123:; the top if absent',
        }),
      ),
    },
    { additionalProperties: false },
  ),
)

/**
 * The path of a level of the key tree.
 *
 * @throws HttpProblem CACHE_REQUEST_INVALID
 */
export function treePath(request: KeyTreeRequest): string {
  const path = request.path ?? ''
  if (path === '' || (path.endsWith(':') && !/[*?]/.test(path))) return path
  const message = 'expected segments that each end in ":", without wildcards'
  throw new HttpProblem('CACHE_REQUEST_INVALID', `Cannot show the key tree: ${message}`, {
    errors: [{ field: '?path', message }],
  })
}

/** How much of the history to show. */
export interface HistoryRequest {
  readonly limit?: number
}

/** Invalidations in an answer when nothing is said. */
export const DEFAULT_HISTORY_ITEMS = 100

/** Makes the schema, for at most this many invalidations. */
export function historyRequest(maxItems: number): Model<HistoryRequest> {
  return model<HistoryRequest>()(
    Type.Object(
      {
        limit: Type.Optional(
          Type.Integer({ minimum: 1, maximum: maxItems, description: 'Default: 100' }),
        ),
      },
      { additionalProperties: false },
    ),
  )
}
