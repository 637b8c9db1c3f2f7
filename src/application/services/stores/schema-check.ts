import { errorText } from '../../../core/exceptions/error-text.ts'
import type { StandardSchema } from '../../../core/value-objects/standard-schema.ts'

/** A value that fits its schema, as the schema hands it on; or why it doesn't. */
export type SchemaVerdict =
  | { readonly fits: true; readonly value: unknown }
  | { readonly fits: false; readonly why: string }

/** Asks the schema; answers at once if the schema does. What a schema throws counts as not fitting. */
export function schemaCheck(
  schema: StandardSchema | undefined,
  value: unknown,
): SchemaVerdict | Promise<SchemaVerdict> {
  if (schema === undefined) return { fits: true, value }
  try {
    const result = schema['~standard'].validate(value)
    if (result instanceof Promise) return result.then(verdictOf, refusal)
    return verdictOf(result)
  } catch (error) {
    return refusal(error)
  }
}

function verdictOf(
  result: Awaited<ReturnType<StandardSchema['~standard']['validate']>>,
): SchemaVerdict {
  if (result.issues === undefined) return { fits: true, value: result.value }
  const [first] = result.issues
  return { fits: false, why: first?.message ?? 'the schema gave no reason' }
}

function refusal(error: unknown): SchemaVerdict {
  return { fits: false, why: error instanceof Error ? error.message : errorText(error) }
}
