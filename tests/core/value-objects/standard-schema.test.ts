import { describe, expect, it } from 'vitest'
import { isStandardSchema } from '../../../src/core/value-objects/standard-schema.ts'

const validate = (value: unknown) => ({ value })
const standard = { version: 1, vendor: 'test', validate }

describe('isStandardSchema()', () => {
  it('accepts an object that implements version 1', () => {
    expect(isStandardSchema({ '~standard': standard })).toBe(true)
  })

  it('accepts a function that implements it', () => {
    expect(isStandardSchema(Object.assign(() => undefined, { '~standard': standard }))).toBe(true)
  })

  it('accepts an instance that inherits it', () => {
    expect(isStandardSchema(Object.create({ '~standard': standard }))).toBe(true)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', '~standard'],
    ['an empty object', {}],
    ['a bare function', () => undefined],
    ['a schema whose part is null', { '~standard': null }],
    ['a schema whose part is a text', { '~standard': 'standard' }],
    ['another version', { '~standard': { ...standard, version: 2 } }],
    ['a version in text', { '~standard': { ...standard, version: '1' } }],
    ['a schema without validate', { '~standard': { version: 1, vendor: 'test' } }],
  ])('refuses %s', (_, value) => {
    expect(isStandardSchema(value)).toBe(false)
  })
})
