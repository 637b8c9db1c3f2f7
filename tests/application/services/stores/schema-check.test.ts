import { describe, expect, it } from 'vitest'
import { schemaCheck } from '../../../../src/application/services/stores/schema-check.ts'
import type {
  StandardResult,
  StandardSchema,
} from '../../../../src/core/value-objects/standard-schema.ts'

function schema(
  validate: (value: unknown) => StandardResult<unknown> | Promise<StandardResult<unknown>>,
): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('schemaCheck()', () => {
  it('lets everything pass where there is no schema', () => {
    expect(schemaCheck(undefined, 1)).toEqual({ fits: true, value: 1 })
  })

  it('answers at once what a schema answers at once, with the value as the schema hands it on', () => {
    const verdict = schemaCheck(
      schema((value) => ({ value: Number(value) })),
      '5',
    )
    expect(verdict).toEqual({ fits: true, value: 5 })
  })

  it('answers later what a schema answers later', async () => {
    const verdict = schemaCheck(
      schema(async (value) => ({ value })),
      'x',
    )
    expect(verdict).toBeInstanceOf(Promise)
    expect(await verdict).toEqual({ fits: true, value: 'x' })
  })

  it.each([
    ['the first issue', [{ message: 'no number' }, { message: 'too long' }], 'no number'],
    ['that there was none', [], 'the schema gave no reason'],
  ])('says %s where the value does not fit', (_, issues, why) => {
    expect(
      schemaCheck(
        schema(() => ({ issues })),
        'x',
      ),
    ).toEqual({ fits: false, why })
  })

  it.each([
    ['an error', new Error('broken'), 'broken'],
    ['a text', 'broken', 'broken'],
    ['what has no text', Object.create(null), 'something that has no text'],
  ])(
    'takes a schema that throws or rejects with %s for one that refuses',
    async (_, error, why) => {
      const throwing = schema(() => {
        throw error
      })
      expect(schemaCheck(throwing, 'x')).toEqual({ fits: false, why })
      const rejecting = schema(() => Promise.reject(error))
      expect(await schemaCheck(rejecting, 'x')).toEqual({ fits: false, why })
    },
  )

  it('takes a schema that answers nonsense for one that refuses', () => {
    expect(
      schemaCheck(
        schema(() => undefined as never),
        'x',
      ),
    ).toMatchObject({ fits: false })
  })
})
