import Type from 'typebox'
import { type Model, model } from '../model.ts'
import { SetItemRequest } from './set-cache-request.ts'

/** Reads many entries. */
export interface BatchGetRequest {
  readonly keys: readonly string[]
  readonly stale?: 'ok'
}

/** Stores many entries. */
export interface BatchSetRequest {
  readonly items: readonly SetItemRequest[]
}

/** Removes many entries. */
export interface BatchDeleteRequest {
  readonly keys: readonly string[]
}

/** The schemas of the batches, for at most this many items. */
export interface BatchRequest {
  readonly get: Model<BatchGetRequest>
  readonly set: Model<BatchSetRequest>
  readonly delete: Model<BatchDeleteRequest>
}

/** Makes the schemas of the batches. A key that breaks the rules fails alone, so keys are any text here. */
export function batchRequest(maxItems: number): BatchRequest {
  const keys = Type.Array(Type.String(), { minItems: 1, maxItems })
  return {
    get: model<BatchGetRequest>()(
      Type.Object(
        { keys, stale: Type.Optional(Type.Literal('ok')) },
        { additionalProperties: false },
      ),
    ),
    set: model<BatchSetRequest>()(
      Type.Object(
        { items: Type.Array(SetItemRequest, { minItems: 1, maxItems }) },
        { additionalProperties: false },
      ),
    ),
    delete: model<BatchDeleteRequest>()(Type.Object({ keys }, { additionalProperties: false })),
  }
}
