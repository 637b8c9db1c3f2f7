/**
 * The part of the Standard Schema interface that the cache calls, so that Zod, Valibot, ArkType and
 * others fit without an adapter. Source: standardschema.dev, version 1.
 */
export interface StandardSchema<V = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<V> | Promise<StandardResult<V>>
  }
}

/** A value that fits, or the issues why it doesn't. */
export type StandardResult<V> =
  | { readonly value: V; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] }

/** True for what implements the interface, version 1; a schema may be a function, as ArkType's are. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard: unknown = Reflect.get(value, '~standard')
  if (typeof standard !== 'object' || standard === null) return false
  return (
    Reflect.get(standard, 'version') === 1 &&
    typeof Reflect.get(standard, 'validate') === 'function'
  )
}
