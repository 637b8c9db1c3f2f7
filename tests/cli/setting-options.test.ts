import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addSettingOptions, settingsOf } from '../../src/cli/setting-options.ts'
import { SCALAR_SETTINGS } from '../../src/server/settings/server-settings.ts'
import { environmentName, flagName } from '../../src/server/settings/setting.ts'
import { testTerminal } from './test-terminal.ts'

const parse = (args: readonly string[]) =>
  addSettingOptions(new Command()).exitOverride().parse(args, { from: 'user' }).opts()

describe('addSettingOptions()', () => {
  it('adds --config and a flag for each setting of one value', () => {
    const { options } = addSettingOptions(new Command())
    const names = Object.values(SCALAR_SETTINGS).map(({ name }) => flagName(name))
    expect(options.map(({ long }) => long)).toEqual(['--config', ...names])
  })

  it('says of each flag which variable does the same, and what it is by default', () => {
    const { options } = addSettingOptions(new Command())
    const port = options.find(({ long }) => long === '--port')
    expect(port?.description).toBe(
      'The port of the public listener: a port; 0 for any that is free (or PLATFORM_CACHE_PORT; default: 7400)',
    )
    for (const { name } of Object.values(SCALAR_SETTINGS)) {
      const option = options.find(({ long }) => long === flagName(name))
      expect(option?.description).toContain(environmentName(name))
    }
  })
})

describe('settingsOf()', () => {
  it('hands every flag on to its setting', () => {
    const said = {
      host: '127.0.0.2',
      port: '1',
      'internal-host': '127.0.0.3',
      'internal-port': '2',
      'log-level': 'warn',
      'log-format': 'json',
      'max-body-bytes': '1kb',
      'drain-delay': '1s',
      'drain-timeout': '2s',
      'memory-max-entries': '3',
      'memory-max-bytes': '4mb',
      'memory-eviction-policy': 'fifo',
      'memory-storage': 'buffer',
      'memory-snapshot-dir': 'snapshots',
    }
    const args = Object.entries(said).flatMap(([flag, value]) => [`--${flag}`, value])
    const { settings, origins } = settingsOf(parse(args), testTerminal())
    expect(settings).toMatchObject({
      host: '127.0.0.2',
      port: 1,
      internalHost: '127.0.0.3',
      internalPort: 2,
      logLevel: 'warn',
      logFormat: 'json',
      maxBodyBytes: 1024,
      drainDelayMs: 1000,
      drainTimeoutMs: 2000,
      memory: {
        maxEntries: 3,
        maxBytes: 4 * 2 ** 20,
        evictionPolicy: 'fifo',
        storage: 'buffer',
        snapshotDir: 'snapshots',
      },
    })
    const fromFlags = [...origins.values()].filter(({ source }) => source === 'flag')
    expect(fromFlags).toHaveLength(Object.keys(said).length)
  })

  it('reads the variables of the terminal, and the file that --config names in its folder', () => {
    const environment = { PLATFORM_CACHE_PORT: '5' }
    expect(settingsOf({}, testTerminal({ environment })).settings.port).toBe(5)
    expect(() => settingsOf(parse(['--config', 'gone.json']), testTerminal())).toThrow(
      'Cannot use the config file /nowhere/gone.json: there is no such file; --config names it',
    )
  })
})
