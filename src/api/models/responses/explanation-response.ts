import Type from 'typebox'
import type { Explanation } from '../../../application/queries/explain-cache-key.ts'
import type { Model } from '../model.ts'
import { instantSchema } from './cache-response.ts'

/** Why a key is, or isn't, answered from the cache. */
export type ExplanationResponse = Explanation

const instantOrNull = Type.Union([instantSchema, Type.Null()], { description: 'null: never' })

/** The shape of an explanation. Its texts are for people: where they are a closed set, it may grow. */
export const ExplanationResponse: Model<ExplanationResponse> = Type.Unsafe<ExplanationResponse>(
  Type.Object({
    namespace: Type.String(),
    key: Type.String(),
    state: Type.Union([Type.Literal('fresh'), Type.Literal('stale'), Type.Literal('absent')]),
    summary: Type.String({ description: 'One sentence' }),
    entry: Type.Union([
      Type.Object({
        freshUntilMs: instantOrNull,
        staleUntilMs: instantOrNull,
        ageMs: Type.Number(),
        birth: Type.String(),
        priority: Type.String(),
        tags: Type.Array(Type.String()),
        dependsOn: Type.Array(Type.String()),
        sizeBytes: Type.Integer(),
        accessCount: Type.Integer(),
        isSoftInvalidated: Type.Boolean(),
      }),
      Type.Null(),
    ]),
    lastRemoval: Type.Union([
      Type.Object({ cause: Type.String(), detail: Type.String(), atMs: instantSchema }),
      Type.Null(),
    ]),
    isLoading: Type.Boolean(),
    nextRead: Type.String({ description: 'What the next read would do' }),
  }),
)
