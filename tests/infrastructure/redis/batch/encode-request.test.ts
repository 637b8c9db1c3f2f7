import { describe, expect, it } from 'vitest'
import {
  encodeRequest,
  isRead,
  requestKey,
  scriptHash,
} from '../../../../src/infrastructure/redis/batch/encode-request.ts'

const SCRIPT = { name: 'one', text: 'return 1' }
const CALL = { script: SCRIPT, keys: ['k1', 'k2'], args: [new Uint8Array([1]), 'b'] }
const GET = { args: ['GET', 'a'], key: 'a', isRead: true }

describe('scriptHash()', () => {
  it('is the SHA-1 of the text, as SCRIPT LOAD answers it', () => {
    expect(scriptHash(SCRIPT)).toBe('e0e1f9fabfc9d4800c877a703b823ac0578ff8db')
    expect(scriptHash(SCRIPT)).toBe(scriptHash({ ...SCRIPT, name: 'other' }))
  })
})

describe('encodeRequest()', () => {
  it('leaves a command as it is', () => {
    expect(encodeRequest(GET, true)).toBe(GET.args)
  })

  it('calls a script by its hash, or with its text', () => {
    const rest = ['2', 'k1', 'k2', new Uint8Array([1]), 'b']
    expect(encodeRequest(CALL, false)).toEqual(['EVALSHA', scriptHash(SCRIPT), ...rest])
    expect(encodeRequest(CALL, true)).toEqual(['EVAL', 'return 1', ...rest])
  })
})

describe('requestKey() and isRead()', () => {
  it('of a command say what it says', () => {
    expect([requestKey(GET), isRead(GET)]).toEqual(['a', true])
    expect(isRead({ ...GET, isRead: false })).toBe(false)
  })

  it('of a script say its first key, and that it is no read', () => {
    expect([requestKey(CALL), isRead(CALL)]).toEqual(['k1', false])
    expect(requestKey({ ...CALL, keys: [] })).toBeUndefined()
  })
})
