import Type from 'typebox'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { CachePriority } from '../../../core/value-objects/cache-priority.ts'
import type { EntryOptions } from '../../../core/value-objects/entry-policy.ts'
import { type Model, model } from '../model.ts'
import { type FieldFault, HttpProblem } from '../responses/problem-response.ts'
import {
  BYTES_TYPE,
  isJsonType,
  JSON_TYPE,
  type StoredBody,
  storedBody,
  storedJson,
} from '../stored-body.ts'

/** A span of time: whole milliseconds, or text with a unit such as `5m`. */
export type WireDuration = number | string

const Span = Type.Union([Type.Integer({ minimum: 0 }), Type.String()], {
  description: 'Whole milliseconds, or text with a unit: 500ms, 30s, 5m, 1h, 7d',
})

/** What an entry is stored with; the same as the request headers of a raw body. */
export interface SetOptionsRequest {
  /** A duration, `never`, 0 (stored nowhere), or an ISO 8601 instant with an offset. */
  readonly ttl?: WireDuration
  readonly tags?: readonly string[]
  readonly dependsOn?: readonly string[]
  readonly priority?: CachePriority
  readonly staleWhileRevalidate?: WireDuration
  readonly staleIfError?: WireDuration
}

/** The fields of `SetOptionsRequest`, for the schemas that include them. */
const optionFields = {
  ttl: Type.Optional(
    Type.Union([Type.Number(), Type.String()], {
      description:
        'Whole milliseconds, text with a unit such as 5m, never, 0 (stored nowhere), or an ISO 8601 instant with an offset',
    }),
  ),
  tags: Type.Optional(Type.Array(Type.String(), { description: 'Names to invalidate it by' })),
  dependsOn: Type.Optional(
    Type.Array(Type.String(), { description: 'What the value was made from' }),
  ),
  priority: Type.Optional(
    Type.Union([
      Type.Literal('low'),
      Type.Literal('medium'),
      Type.Literal('high'),
      Type.Literal('critical'),
    ]),
  ),
  staleWhileRevalidate: Type.Optional(Span),
  staleIfError: Type.Optional(Span),
}

/** An entry as JSON: its value, as JSON or as bytes in base64, and what it is stored with. */
export interface SetCacheRequest extends SetOptionsRequest {
  /** Any JSON, `null` included. */
  readonly value?: unknown
  readonly valueBase64?: string
  /** Default: `application/json` with `value`, `application/octet-stream` with `valueBase64`. */
  readonly contentType?: string
}

const valueFields = {
  value: Type.Optional(Type.Unknown({ description: 'Any JSON; this or valueBase64' })),
  valueBase64: Type.Optional(
    Type.String({ description: 'Bytes in base64; this or value', contentEncoding: 'base64' }),
  ),
  contentType: Type.Optional(
    Type.String({ description: 'Default: application/json, or application/octet-stream' }),
  ),
}

export const SetCacheRequest: Model<SetCacheRequest> = model<SetCacheRequest>()(
  Type.Object({ ...valueFields, ...optionFields }, { additionalProperties: false }),
)

/** One entry of a batch. */
export interface SetItemRequest extends SetCacheRequest {
  readonly key: string
}

export const SetItemRequest: Model<SetItemRequest> = model<SetItemRequest>()(
  Type.Object(
    { key: Type.String(), ...valueFields, ...optionFields },
    { additionalProperties: false },
  ),
)

/**
 * The body to store of an envelope.
 *
 * @throws HttpProblem CACHE_REQUEST_INVALID
 */
export function envelopeBody(envelope: SetCacheRequest): StoredBody {
  const { value, valueBase64, contentType } = envelope
  if (
    contentType !== undefined &&
    !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[\t\x20-\x7e]*$/.test(contentType)
  ) {
    throw invalid('/contentType', `expected a media type, got ${describeValue(contentType)}`)
  }
  if ((value === undefined) === (valueBase64 === undefined)) {
    throw invalid('/value', 'expected exactly one of value and valueBase64')
  }
  if (valueBase64 !== undefined) return storedBody(contentType ?? BYTES_TYPE, bytesOf(valueBase64))
  if (contentType === undefined || isJsonType(contentType)) {
    return storedJson(value, contentType ?? JSON_TYPE)
  }
  throw invalid(
    '/contentType',
    `expected a JSON type beside value, got ${describeValue(contentType)}; send other bytes as valueBase64`,
  )
}

function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64')
  // Node skips what isn't base64; only text that comes out the same was all of it.
  if (bytes.toString('base64') === base64) return bytes
  throw invalid('/valueBase64', 'expected base64 with padding')
}

function invalid(at: string, message: string): HttpProblem {
  const errors: FieldFault[] = [{ field: at, message }]
  return new HttpProblem('CACHE_REQUEST_INVALID', `Cannot store the entry: ${message}`, { errors })
}

/** The options of a stored entry from the fields of an envelope. */
export function fieldOptions(fields: SetOptionsRequest): EntryOptions {
  const { ttl, tags, dependsOn, priority } = fields
  const { staleWhileRevalidate, staleIfError } = fields
  return {
    strict: true,
    ...(ttl === undefined ? {} : { ttl }),
    ...(tags === undefined ? {} : { tags }),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(priority === undefined ? {} : { priority }),
    ...(staleWhileRevalidate === undefined
      ? {}
      : { staleWhileRevalidate: duration(staleWhileRevalidate) }),
    ...(staleIfError === undefined ? {} : { staleIfError: duration(staleIfError) }),
  }
}

/** The cache parses it; only its type is wider here than what it accepts. */
function duration(value: WireDuration): `${number}ms` | number {
  return value as number
}
