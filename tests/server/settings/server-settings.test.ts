import { describe, expect, it } from 'vitest'
import { DEFAULT_CACHE_SETTINGS } from '../../../src/cache-options.ts'
import {
  FILE_SETTINGS,
  LOG_FORMATS,
  LOG_LEVELS,
  SCALAR_SETTINGS,
} from '../../../src/server/settings/server-settings.ts'
import type { Setting } from '../../../src/server/settings/setting.ts'

const scalars: readonly Setting<unknown>[] = Object.values(SCALAR_SETTINGS)

describe('SCALAR_SETTINGS', () => {
  it('have names of their own', () => {
    const names = [...scalars, ...FILE_SETTINGS].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(scalars.map((setting) => [setting.name, setting] as const))(
    '%s accepts its own default',
    (_name, setting) => {
      expect(() => setting.parse(setting.initial)).not.toThrow()
    },
  )

  it.each(scalars.map((setting) => [setting.name, setting] as const))(
    '%s refuses an object, null, and an empty text',
    (_name, setting) => {
      for (const value of [{}, null, '']) expect(() => setting.parse(value)).toThrow('expected')
    },
  )

  it('have the default limits of the library', () => {
    const { memory } = DEFAULT_CACHE_SETTINGS
    const { maxBytes, maxEntries, evictionPolicy, storage, snapshotDir } = SCALAR_SETTINGS
    expect(maxBytes.parse(maxBytes.initial)).toBe(memory.maxBytes)
    expect(maxEntries.parse(maxEntries.initial)).toBe(memory.maxEntries)
    expect(evictionPolicy.parse(evictionPolicy.initial)).toBe(memory.evictionPolicy)
    expect(storage.parse(storage.initial)).toBe(memory.storage)
    expect(snapshotDir.parse(snapshotDir.initial)).toBe(memory.snapshot)
  })

  it('know every level and every format', () => {
    expect(LOG_LEVELS.map(SCALAR_SETTINGS.logLevel.parse)).toEqual(LOG_LEVELS)
    expect(LOG_FORMATS.map(SCALAR_SETTINGS.logFormat.parse)).toEqual(LOG_FORMATS)
  })

  it('bound what a timer and a buffer can hold', () => {
    const { drainTimeout, drainDelay, maxBodyBytes } = SCALAR_SETTINGS
    expect(drainTimeout.parse('1h')).toBe(3_600_000)
    expect(() => drainTimeout.parse(3_600_001)).toThrow('expected at most 1h')
    expect(() => drainDelay.parse('2h')).toThrow('expected at most 1h')
    expect(maxBodyBytes.parse('1gb')).toBe(2 ** 30)
    expect(() => maxBodyBytes.parse(2 ** 30 + 1)).toThrow('expected at most 1gb')
  })
})
