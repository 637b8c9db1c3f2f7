import { describe, expect, it } from 'vitest'
import {
  BYTE_KINDS,
  ERROR_KINDS,
  ESCAPE_PREFIX,
  JSON_ESCAPES,
  kindNamed,
} from '../../../src/infrastructure/serializers/json-escapes.ts'

describe('JSON_ESCAPES', () => {
  it('all begin with the prefix that is reserved for them', () => {
    const names = Object.entries(JSON_ESCAPES)
    expect(names).toHaveLength(9)
    for (const [kind, name] of names) expect(name).toBe(`${ESCAPE_PREFIX}${kind}`)
  })
})

describe('kindNamed()', () => {
  it('finds the name of a constructor by its prototype', () => {
    expect(kindNamed(BYTE_KINDS, Buffer.prototype)).toBe('Buffer')
    expect(kindNamed(BYTE_KINDS, Uint8Array.prototype)).toBe('Uint8Array')
    expect(kindNamed(ERROR_KINDS, URIError.prototype)).toBe('URIError')
  })

  it('finds none for another prototype', () => {
    expect(kindNamed(ERROR_KINDS, AggregateError.prototype)).toBeUndefined()
    expect(kindNamed(BYTE_KINDS, null)).toBeUndefined()
  })
})
