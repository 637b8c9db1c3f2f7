/** docs/configuration.md says what the sources say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SCOPES } from '../../../src/api/dependencies/cache-dependencies.ts'
import { loadSettings } from '../../../src/server/settings/load-settings.ts'
import { NAMESPACE_SETTINGS } from '../../../src/server/settings/namespace-settings.ts'
import { scopesFor } from '../../../src/server/settings/parse-api-keys.ts'
import { FILE_SETTINGS, SCALAR_SETTINGS } from '../../../src/server/settings/server-settings.ts'
import {
  environmentName,
  flagName,
  type SettingInfo,
} from '../../../src/server/settings/setting.ts'
import { DEFAULT_TENANT_SETTINGS } from '../../../src/server/settings/tenant-settings.ts'

const text = readFileSync('docs/configuration.md', 'utf8')

/** The rows of the table under a heading, without its head, cell by cell. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = text.split(`\n## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  const rows = own.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** What stands for a default that is none. */
const unset = (name: string): string => (name.includes('.max') ? 'no limit' : 'none')

const firstCells = (heading: string): (string | undefined)[] =>
  tableUnder(heading).map(([name]) => name?.replaceAll('`', ''))

describe('docs/configuration.md', () => {
  it('has a row for every setting, which says what the setting itself says', () => {
    const scalars: readonly SettingInfo[] = Object.values(SCALAR_SETTINGS)
    const rows = scalars.map(({ name, accepts, initial, what }) => [
      `\`${name}\``,
      `\`${flagName(name)}\``,
      `\`${environmentName(name)}\``,
      accepts,
      initial === undefined ? unset(name) : `\`${initial}\``,
      what,
    ])
    const fileRows = FILE_SETTINGS.map(({ name, accepts, initial, what }) => [
      `\`${name}\``,
      '',
      '',
      accepts,
      `\`${JSON.stringify(initial)}\``,
      what,
    ])
    expect(tableUnder('Settings')).toEqual([...rows, ...fileRows])
  })

  it('has a row for every option of a cache, every field of a tenant, and every scope', () => {
    expect(firstCells('Options of a cache')).toEqual([...NAMESPACE_SETTINGS])
    expect(firstCells('Tenants')).toEqual(Object.keys(DEFAULT_TENANT_SETTINGS))
    expect(firstCells('API keys')).toEqual([...SCOPES])
  })

  it('says right whose the scopes are', () => {
    for (const [scope = '', holder = ''] of tableUnder('API keys')) {
      const name = scope.replaceAll('`', '')
      expect(scopesFor(holder === 'tenants' ? 'tenant' : 'operator')).toContain(name)
    }
  })

  it('shows a file that the service accepts, and that says every setting of a structure', () => {
    const [, file = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? []
    const folder = mkdtempSync(join(tmpdir(), 'configuration-document-'))
    try {
      writeFileSync(join(folder, 'platform-cache.config.json'), file)
      const { settings, origins } = loadSettings({ folder, flags: {}, environment: {} })
      for (const { name } of FILE_SETTINGS) expect(origins.get(name)?.source).toBe('file')
      expect(settings.tenants.get('acme')?.apiKeys[0]?.expiresAtMs).toBeGreaterThan(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
