import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Model, model } from '../../../src/api/models/model.ts'

interface Pet {
  readonly name: string
  readonly tags?: readonly string[]
  readonly toy: unknown
}

const fields = {
  name: Type.String(),
  tags: Type.Optional(Type.Array(Type.String())),
  toy: Type.Unknown(),
}

describe('model()', () => {
  it('checks at run time what the schema says', () => {
    const pet = Compile(model<Pet>()(Type.Object(fields, { additionalProperties: false })))
    expect(pet.Check({ name: 'a', toy: 1, tags: ['b'] })).toBe(true)
    expect(pet.Check({ name: 1, toy: 1 })).toBe(false)
    expect(pet.Check({ name: 'a', toy: 1, other: 1 })).toBe(false)
  })

  it('carries the type of the interface', () => {
    expectTypeOf<Static<Model<Pet>>>().toEqualTypeOf<Pet>()
  })

  it('does not compile when the schema and the interface have drifted apart', () => {
    const make = model<Pet>()
    // @ts-expect-error the schema lacks `toy`
    make(Type.Object({ name: fields.name, tags: fields.tags }))
    // @ts-expect-error the interface lacks `age`
    make(Type.Object({ ...fields, age: Type.Optional(Type.Integer()) }))
    // @ts-expect-error `name` is no number
    make(Type.Object({ ...fields, name: Type.Integer() }))
    // @ts-expect-error `name` is not optional
    make(Type.Object({ ...fields, name: Type.Optional(Type.String()) }))
    expect(make(Type.Object(fields))).toHaveProperty('properties.name')
  })
})
