import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type SettingOrigin, SettingsInvalid } from './setting-faults.ts'

/** The config file that is read from the working directory if there is one. */
export const SETTINGS_FILE_NAME = 'platform-cache.config.json'

/** What a config file says. */
export interface SettingsFile {
  /** Absolute. */
  readonly path: string
  readonly content: unknown
}

/**
 * The config file: the one that is named, else the one in the working directory; `undefined` if none is
 * named and there is none.
 *
 * @param named its path, and who named it
 * @throws SettingsInvalid if it can't be read, or isn't JSON
 */
export function readSettingsFile(
  folder: string,
  named: { readonly path: string; readonly by: string } | undefined,
): SettingsFile | undefined {
  const path = resolve(folder, named?.path ?? SETTINGS_FILE_NAME)
  const text = readText(path, named?.by)
  return text === undefined ? undefined : { path, content: parse(path, text) }
}

function readText(path: string, namedBy: string | undefined): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT' && namedBy === undefined) return undefined
    const why = code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code})`
    throw unusable(path, namedBy === undefined ? why : `${why}; ${namedBy} names it`)
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : String(error)
    throw unusable(path, `expected JSON, got ${text.trim() === '' ? 'nothing' : locate(text, why)}`)
  }
}

/** Node 20 tells the position as a count of characters, which nobody can find in a file. */
function locate(text: string, why: string): string {
  const position = /at position (\d+)/.exec(why)?.[1]
  if (position === undefined || why.includes('line ')) return why
  const before = text.slice(0, Number(position)).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  return why.replace(/ at position \d+/, ` at line ${before.length}, column ${column}`)
}

function unusable(path: string, why: string): SettingsInvalid {
  const origin: SettingOrigin = { source: 'file', label: path }
  return new SettingsInvalid([
    { setting: 'config', origin, message: `Cannot use the config file ${path}: ${why}` },
  ])
}
