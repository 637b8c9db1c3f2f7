import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { readSettingsFile, SETTINGS_FILE_NAME } from '../../../src/server/settings/settings-file.ts'

const root = mkdtempSync(join(tmpdir(), 'settings-file-'))
let folder = root
let count = 0

beforeEach(() => {
  count += 1
  folder = join(root, String(count))
  mkdirSync(folder)
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('readSettingsFile()', () => {
  it('answers undefined if no file is named and the folder has none', () => {
    expect(readSettingsFile(folder, undefined)).toBeUndefined()
  })

  it('reads platform-cache.config.json in the folder', () => {
    const path = write(SETTINGS_FILE_NAME, '{"port":1}')
    expect(readSettingsFile(folder, undefined)).toEqual({ path, content: { port: 1 } })
    expect(path).toMatch(/platform-cache\.config\.json$/)
  })

  it('reads the file that is named instead, relative to the folder', () => {
    write(SETTINGS_FILE_NAME, '{"port":1}')
    const path = write('other.json', '{"port":2}')
    const named = { path: 'other.json', by: '--config' }
    expect(readSettingsFile(folder, named)).toEqual({ path, content: { port: 2 } })
  })

  it('overlooks the byte order mark that some editors write', () => {
    write(SETTINGS_FILE_NAME, '\uFEFF{}')
    expect(readSettingsFile(folder, undefined)?.content).toEqual({})
  })

  it('refuses a named file that is not there, and says who named it', () => {
    expect(() => readSettingsFile(folder, { path: 'gone.json', by: '--config' })).toThrow(
      `Cannot use the config file ${join(folder, 'gone.json')}: there is no such file; --config names it`,
    )
  })

  it('refuses a file that it can not read', () => {
    mkdirSync(join(folder, SETTINGS_FILE_NAME))
    expect(() => readSettingsFile(folder, undefined)).toThrow(/: it can't be read \(EISDIR\)$/)
  })

  it('refuses an empty file', () => {
    write(SETTINGS_FILE_NAME, ' \n')
    expect(() => readSettingsFile(folder, undefined)).toThrow(/: expected JSON, got nothing$/)
  })

  it('says at which line and column JSON ends to be JSON', () => {
    write(SETTINGS_FILE_NAME, '{\n  "port": 1,\n  "host" "x"\n}')
    expect(() => readSettingsFile(folder, undefined)).toThrow(/line 3,? column 10/)
  })

  it('is SettingsInvalid, so that a start ends like with any other wrong setting', () => {
    write(SETTINGS_FILE_NAME, 'port = 1')
    const path = join(folder, SETTINGS_FILE_NAME)
    expect(() => readSettingsFile(folder, undefined)).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        faults: [expect.objectContaining({ origin: { source: 'file', label: path } })],
      }),
    )
  })
})
