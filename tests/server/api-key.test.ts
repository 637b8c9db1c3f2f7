import { describe, expect, it } from 'vitest'
import { apiKeyId, createApiKey, digestApiKey, isApiKeyId } from '../../src/server/api-key.ts'

/** Made once by createApiKey: the form is what users have in their vaults, so it stays. */
const OLD_KEY = 'pc_live_9GzQGqxUiju_5b9bAFpB9RqOSvMf13yYLxIEA8ZrQiY97hl4T51a8oX3D62tN'

describe('createApiKey()', () => {
  it('makes a key of letters, digits and _ alone, which says its id', () => {
    const { key, id } = createApiKey()
    expect(key).toMatch(/^pc_live_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/)
    expect(apiKeyId(key)).toBe(id)
    expect(isApiKeyId(id)).toBe(true)
  })

  it('makes another one each time, under an id that was chosen too', () => {
    const keys = new Set(Array.from({ length: 100 }, () => createApiKey('me').key))
    expect(keys.size).toBe(100)
    expect([...keys].map(apiKeyId)).toEqual(Array(100).fill('me'))
  })
})

describe('apiKeyId()', () => {
  it('knows the keys of former versions', () => {
    expect(apiKeyId(OLD_KEY)).toBe('9GzQGqxUiju')
  })

  it('is undefined if any one character is another', () => {
    const { key } = createApiKey('abc')
    for (let at = 0; at < key.length; at += 1) {
      const other = key[at] === 'x' ? 'y' : 'x'
      expect(apiKeyId(`${key.slice(0, at)}${other}${key.slice(at + 1)}`)).toBeUndefined()
    }
  })

  it.each([
    [''],
    ['pc_live_'],
    [`${OLD_KEY} `],
    [` ${OLD_KEY}`],
    [OLD_KEY.slice(0, -1)],
    [`${OLD_KEY}0`],
  ])('is undefined for %j', (text) => {
    expect(apiKeyId(text)).toBeUndefined()
  })
})

describe('isApiKeyId()', () => {
  it.each([['a'], ['Z9'], ['a'.repeat(32)]])('accepts %s', (id) => {
    expect(isApiKeyId(id)).toBe(true)
  })

  it.each([[''], ['a_b'], ['a-b'], ['ä'], ['a'.repeat(33)], [1], [undefined]])(
    'refuses %s',
    (id) => {
      expect(isApiKeyId(id)).toBe(false)
    },
  )
})

describe('digestApiKey()', () => {
  it('is the SHA-256 of the whole key', () => {
    expect(digestApiKey('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })
})
