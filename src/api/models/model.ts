import Type, { type Static, type TSchema, type TUnsafe } from 'typebox'

/** A schema of the API, which carries the type of what it accepts. */
export type Model<T> = TUnsafe<T>

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

/** `never`, and so a compile error, if the schema and the type have drifted apart in either direction. */
type Fits<S, T> = [S, keyof S] extends [T, keyof T]
  ? T extends DeepReadonly<S>
    ? unknown
    : never
  : never

/**
 * Joins a schema to the interface that it describes: `model<Pet>()(Type.Object({ … }))`.
 *
 * The interface is written by hand, since exported declarations have explicit types; the compiler
 * checks that both say the same.
 */
export function model<T>(): <S extends TSchema>(schema: S & Fits<Static<S>, T>) => Model<T> {
  return (schema) => Type.Unsafe<T>(schema)
}
