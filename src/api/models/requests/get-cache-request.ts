import Type, { type TString } from 'typebox'
import { type Model, model } from '../model.ts'

/** The media type of an entry with its metadata, where the body alone would be the value's bytes. */
export const ENVELOPE_TYPE = 'application/vnd.platform-cache.entry+json'

/** A path that names a cache. */
export interface CacheParams {
  readonly cache: string
}

/** The name of a cache in a path. */
export const cacheNameSchema: TString = Type.String({
  description: 'Name of the cache: 1 to 64 letters, digits, ".", "_" or "-"',
})

export const CacheParams: Model<CacheParams> = model<CacheParams>()(
  Type.Object({ cache: cacheNameSchema }),
)

/** A key in a path. */
export const keySchema: TString = Type.String({
  description: 'The key, percent-encoded: 1 to 512 bytes, at most 16 segments separated by ":"',
})

/** A path that names an entry. The key arrives decoded. */
export interface EntryParams extends CacheParams {
  readonly key: string
}

export const EntryParams: Model<EntryParams> = model<EntryParams>()(
  Type.Object({
    cache: cacheNameSchema,
    key: keySchema,
  }),
)

/** How to read an entry. */
export interface GetCacheRequest {
  /** `ok` also answers a value whose TTL has passed. */
  readonly stale?: 'ok'
}

export const GetCacheRequest: Model<GetCacheRequest> = model<GetCacheRequest>()(
  Type.Object(
    {
      stale: Type.Optional(
        Type.Literal('ok', {
          description: 'Also answer a value whose TTL has passed, if it is still kept',
        }),
      ),
    },
    { additionalProperties: false },
  ),
)

/** True if `Accept` names the envelope, other than with `q=0`. A wildcard means the value as it was stored. */
export function wantsEnvelope(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes(ENVELOPE_TYPE)) return false
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim())
    return type === ENVELOPE_TYPE && !parameters.some((part) => /^q=0(?:\.0*)?$/.test(part))
  })
}
