import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Breach } from './breach.ts'
import type { SourceFile } from './source-file.ts'

const REGISTRY = 'src/core/exceptions/cache-error.ts'
const TABLE = 'docs/errors.md'
const QUOTED_CODE = /'(CACHE_[A-Z_]+)'/g
/** A row of the table begins with its code. */
const ROW = /^\| *`(CACHE_[A-Z_]+)` *\|/gm

/**
 * The codes that exist, that are documented and that are thrown are the same. An undocumented code
 * and a documented ghost are equally wrong.
 */
export function checkErrorTable(root: string, files: readonly SourceFile[]): Breach[] {
  const registry = files.find((file) => file.path === REGISTRY)
  if (registry === undefined) return [{ at: REGISTRY, what: 'is missing' }]
  if (!existsSync(join(root, TABLE))) return [{ at: TABLE, what: 'is missing' }]
  const codes = matches(registry.text, QUOTED_CODE)
  const rows = matches(readFileSync(join(root, TABLE), 'utf8'), ROW)
  const thrown = files
    .filter((file) => file !== registry)
    .flatMap((file) => matches(file.text, QUOTED_CODE))
  const repeated = rows.filter((code, index) => rows.indexOf(code) !== index)
  const breaches = [
    ...missing(codes, rows).map((code) => ({ at: TABLE, what: `has no row for ${code}` })),
    ...missing(rows, codes).map((code) => ({
      at: TABLE,
      what: `has a row for ${code}, which is no code`,
    })),
    ...repeated.map((code) => ({ at: TABLE, what: `has two rows for ${code}` })),
    ...missing(codes, thrown).map((code) => ({
      at: REGISTRY,
      what: `names ${code}, which nothing throws`,
    })),
  ]
  return codes.length === 0 ? [{ at: REGISTRY, what: 'names no code' }] : breaches
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code]) => code ?? '')
}

function missing(expected: readonly string[], present: readonly string[]): string[] {
  return [...new Set(expected)].filter((code) => !present.includes(code))
}
