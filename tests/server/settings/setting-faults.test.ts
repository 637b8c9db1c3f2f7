import { describe, expect, it } from 'vitest'
import { CacheError, isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  SettingFaults,
  type SettingOrigin,
  SettingsInvalid,
} from '../../../src/server/settings/setting-faults.ts'

const FILE: SettingOrigin = { source: 'file', label: '/etc/pc.json' }
const FLAG: SettingOrigin = { source: 'flag', label: '--port' }

function faultsOf(faults: SettingFaults): readonly string[] {
  try {
    faults.throwIfAny()
    return []
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.faults.map(({ message }) => message)
    throw error
  }
}

describe('SettingFaults', () => {
  it('throws nothing while nothing is wrong', () => {
    expect(faultsOf(new SettingFaults(FILE))).toEqual([])
  })

  it('throws one error with all faults, each with the place where it was said', () => {
    const faults = new SettingFaults(FILE)
    faults.add('host', 'expected this, got that')
    faults.within(FLAG).add('port', 'expected a port, got none')
    let thrown: unknown
    try {
      faults.throwIfAny()
    } catch (error) {
      thrown = error
    }
    expect(isCacheError(thrown, 'CACHE_OPTION_INVALID')).toBe(true)
    expect(thrown).toMatchObject({
      message:
        'Cannot use host (/etc/pc.json): expected this, got that\nCannot use port (--port): expected a port, got none',
      faults: [
        { setting: 'host', origin: FILE },
        { setting: 'port', origin: FLAG },
      ],
    })
  })

  it('attempt() answers what the parser answers, undefined included', () => {
    const faults = new SettingFaults(FILE)
    expect(faults.attempt('a', () => 1)).toBe(1)
    expect(faults.attempt('a', () => undefined)).toBeUndefined()
    expect(faultsOf(faults)).toEqual([])
  })

  it('attempt() notes a CacheError under the path of the setting, not under the name that the library has for it', () => {
    const faults = new SettingFaults(FILE)
    const answer = faults.attempt('namespaces.a.ttl', () => {
      throw new CacheError('CACHE_TTL_INVALID', 'Cannot use ttl: expected b, got "c: d"')
    })
    expect(answer).toBeUndefined()
    expect(faultsOf(faults)).toEqual([
      'Cannot use namespaces.a.ttl (/etc/pc.json): expected b, got "c: d"',
    ])
  })

  it('attempt() lets any other error pass, since it is a mistake of ours', () => {
    const broken = new TypeError('broken')
    expect(() =>
      new SettingFaults(FILE).attempt('a', () => {
        throw broken
      }),
    ).toThrow(broken)
  })

  it('record() answers the known fields, and notes unknown ones with the nearest known name', () => {
    const faults = new SettingFaults(FILE)
    const value = { ttl: 1, tll: 2, certificate: 3 }
    expect(faults.record('namespaces.a', value, ['ttl', 'tags'])).toEqual(new Map([['ttl', 1]]))
    expect(faultsOf(faults)).toEqual([
      'Cannot use namespaces.a.tll (/etc/pc.json): there is no such setting; did you mean ttl?',
      'Cannot use namespaces.a.certificate (/etc/pc.json): there is no such setting',
    ])
  })

  it('record() of the whole file names settings without a path, and suggests from another list', () => {
    const faults = new SettingFaults(FILE)
    faults.record('', { maxBytes: 1 }, ['memory'], ['memory.maxBytes'])
    expect(faultsOf(faults)).toEqual([
      'Cannot use maxBytes (/etc/pc.json): there is no such setting; did you mean memory.maxBytes?',
    ])
  })

  it('record() treats __proto__ as the unknown name that it is', () => {
    const faults = new SettingFaults(FILE)
    const value: unknown = JSON.parse('{"__proto__":{"ttl":1}}')
    expect(faults.record('a', value, ['ttl']).size).toBe(0)
    expect(faultsOf(faults)).toEqual([
      'Cannot use a.__proto__ (/etc/pc.json): there is no such setting',
    ])
  })

  it('record() cuts the path of a name that is a page long', () => {
    const faults = new SettingFaults(FILE)
    faults.record('a', { [`b${'c'.repeat(1000)}`]: 1 }, [])
    expect(faultsOf(faults)[0]?.length).toBeLessThan(200)
  })

  it.each([
    ['null', null, 'null'],
    ['a text', 'x', '"x"'],
    ['a list', [1], 'an array of 1'],
    ['undefined', undefined, 'undefined'],
  ])('entries() of %s are none, and the fault is noted', (_name, value, got) => {
    const faults = new SettingFaults(FILE)
    expect(faults.entries('tenants', value)).toEqual([])
    expect(faultsOf(faults)).toEqual([
      `Cannot use tenants (/etc/pc.json): expected an object, got ${got}`,
    ])
  })

  it('list() answers an array as it is, and none for anything else, with the fault noted', () => {
    const faults = new SettingFaults(FILE)
    const members = [1, 2]
    expect(faults.list('a', members)).toBe(members)
    expect(faults.list('b', { length: 1 })).toEqual([])
    expect(faultsOf(faults)).toEqual([
      'Cannot use b (/etc/pc.json): expected an array, got an object',
    ])
  })
})
