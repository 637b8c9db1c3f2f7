import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { operation } from '../../../src/api/routers/operation.ts'

const access = { security: [{ apiKey: [] }] }
const base = {
  id: 'doIt',
  tag: 'things',
  summary: 'Do it',
  answers: { 204: { description: 'Done' } },
}

describe('operation()', () => {
  it('leaves out the parts of a request that a route does not have', () => {
    const schema = operation(access, base)
    for (const part of ['params', 'querystring', 'headers', 'body', 'description']) {
      expect(schema).not.toHaveProperty(part)
    }
    expect(schema).toMatchObject({
      operationId: 'doIt',
      tags: ['things'],
      security: access.security,
    })
  })

  it('documents an answer without a body as such', () => {
    expect(operation(access, base).response).toMatchObject({
      204: { type: 'null', description: 'Done' },
    })
  })

  it('documents JSON, other media, and headers of an answer', () => {
    const text = Type.String()
    const schema = operation(access, {
      ...base,
      answers: {
        200: { description: 'a', json: text, headers: { Link: 'next' } },
        203: { description: 'b', media: { 'text/plain': text } },
      },
    })
    expect(schema.response).toMatchObject({
      200: {
        content: { 'application/json': { schema: text } },
        headers: { Link: { type: 'string', description: 'next' } },
      },
      203: { content: { 'text/plain': { schema: text } } },
    })
  })

  it('takes a body of one JSON model, or of several media', () => {
    const text = Type.String()
    expect(operation(access, { ...base, body: text }).body).toBe(text)
    expect(operation(access, { ...base, bodies: { '*/*': text } }).body).toEqual({
      content: { '*/*': { schema: text } },
    })
  })
})
