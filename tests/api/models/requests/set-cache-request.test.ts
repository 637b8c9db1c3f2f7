import { describe, expect, it } from 'vitest'
import {
  envelopeBody,
  fieldOptions,
} from '../../../../src/api/models/requests/set-cache-request.ts'

describe('envelopeBody()', () => {
  it.each([
    [{ value: null }, 'null', 'application/json'],
    [{ value: false, contentType: 'application/geo+json' }, 'false', 'application/geo+json'],
    [{ valueBase64: '' }, '', 'application/octet-stream'],
    [
      { valueBase64: 'aGk=', contentType: 'text/plain; charset=utf-8' },
      'hi',
      'text/plain; charset=utf-8',
    ],
  ])('of %j is %j as %s', (envelope, text, contentType) => {
    const stored = envelopeBody(envelope)
    expect(Buffer.from(stored.body).toString()).toBe(text)
    expect(stored.contentType).toBe(contentType)
  })

  it.each([
    [{}, 'exactly one of value and valueBase64'],
    [{ value: 1, valueBase64: '' }, 'exactly one of value and valueBase64'],
    [{ value: 1, contentType: 'text/plain' }, 'a JSON type beside value'],
    [{ valueBase64: 'aGk' }, 'base64 with padding'],
    [{ valueBase64: 'a_k=' }, 'base64 with padding'],
    [{ valueBase64: 'aGk=\n' }, 'base64 with padding'],
    [{ valueBase64: '', contentType: 'png' }, 'a media type'],
    [{ valueBase64: '', contentType: 'a/b\r\nset-cookie: x' }, 'a media type'],
    [{ valueBase64: '', contentType: 'ä/b' }, 'a media type'],
  ])('refuses %j: expected %s', (envelope, why) => {
    expect(() => envelopeBody(envelope)).toThrow(why)
  })
})

describe('fieldOptions()', () => {
  it('is strict, so that a PUT that stored nothing is no success', () => {
    expect(fieldOptions({})).toEqual({ strict: true })
  })

  it('takes the options and leaves the value', () => {
    const request = {
      value: 1,
      ttl: '1h',
      tags: ['a'],
      dependsOn: ['b'],
      priority: 'low' as const,
      staleWhileRevalidate: 5,
      staleIfError: '1m',
    }
    const { value: _value, ...options } = request
    expect(fieldOptions(request)).toEqual({ strict: true, ...options })
  })
})
