import Type from 'typebox'
import type { InvalidationTarget } from '../../../application/commands/invalidate-pattern.ts'
import { type Model, model } from '../model.ts'
import { HttpProblem } from '../responses/problem-response.ts'

/** What to invalidate: exactly one of the first six. */
export interface InvalidateRequest {
  readonly key?: string
  readonly prefix?: string
  readonly pattern?: string
  readonly regex?: string
  readonly tag?: string
  readonly dependency?: string
  /** Keeps the values for stale answers. */
  readonly soft?: boolean
  readonly reason?: string
}

const reason = Type.Optional(
  Type.String({ maxLength: 200, description: 'Why; shown by explain and in the history' }),
)

export const InvalidateRequest: Model<InvalidateRequest> = model<InvalidateRequest>()(
  Type.Object(
    {
      key: Type.Optional(Type.String({ description: 'One key' })),
      prefix: Type.Optional(Type.String({ description: 'All keys that begin with this text' })),
      pattern: Type.Optional(
        Type.String({ description: 'A glob over key segments, such as user:*:profile' }),
      ),
      regex: Type.Optional(
        Type.String({ description: 'A regular expression (RE2 syntax, linear time)' }),
      ),
      tag: Type.Optional(Type.String({ description: 'All entries with this tag' })),
      dependency: Type.Optional(
        Type.String({
          description:
            'All entries made from this, or from what depends on it, in every cache of the tenant',
        }),
      ),
      soft: Type.Optional(
        Type.Boolean({ description: 'Keep the values for answers that accept stale ones' }),
      ),
      reason,
    },
    { additionalProperties: false },
  ),
)

/** Empties a cache. */
export interface FlushRequest {
  readonly reason?: string
}

export const FlushRequest: Model<FlushRequest> = model<FlushRequest>()(
  Type.Object({ reason }, { additionalProperties: false }),
)

/** The query of what changes many entries at once. */
export interface DryRunQuery {
  /** Counts what would be hit, and changes nothing. */
  readonly dryRun?: boolean
}

export const DryRunQuery: Model<DryRunQuery> = model<DryRunQuery>()(
  Type.Object(
    {
      dryRun: Type.Optional(
        Type.Boolean({ description: 'Count what would be hit, and change nothing' }),
      ),
    },
    { additionalProperties: false },
  ),
)

/** One way to say what to invalidate. */
type Scope = Exclude<InvalidationTarget, string>

const SCOPES: { readonly [Name in keyof InvalidateRequest]?: (text: string) => Scope } = {
  key: (key) => ({ key }),
  prefix: (prefix) => ({ prefix }),
  pattern: (pattern) => ({ pattern }),
  regex: (regex) => ({ regex }),
  tag: (tag) => ({ tag }),
  dependency: (dependency) => ({ dependency }),
}

/**
 * The one target that a request names.
 *
 * @throws HttpProblem CACHE_REQUEST_INVALID for none, or more than one
 */
export function invalidationTarget(request: InvalidateRequest): Scope {
  const named = Object.entries(request).flatMap(([name, value]) => {
    const scope = SCOPES[name as keyof InvalidateRequest] // The schema has let in no other name.
    return scope === undefined || typeof value !== 'string' ? [] : [scope(value)]
  })
  const [target] = named
  if (named.length === 1 && target !== undefined) return target
  const message = `expected exactly one of ${Object.keys(SCOPES).join(', ')}, got ${named.length}`
  throw new HttpProblem('CACHE_REQUEST_INVALID', `Cannot invalidate: ${message}`, {
    errors: [{ field: '', message }],
  })
}
