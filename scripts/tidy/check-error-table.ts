import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Breach } from './breach.ts'
import type { SourceFile } from './source-file.ts'

const REGISTRY = 'src/core/exceptions/cache-error.ts'
/** Codes that only HTTP has; absent from a tree without the HTTP API. */
const HTTP_REGISTRY = 'src/api/models/responses/problem-response.ts'
const TABLE = 'docs/errors.md'
const QUOTED_CODE = /'(CACHE_[A-Z_]+)'/g
/** A row of the table begins with its code. */
const ROW = /^\| *`(CACHE_[A-Z_]+)` *\|/gm

/**
 * The codes that exist, that are documented and that are thrown are the same. An undocumented code
 * and a documented ghost are equally wrong.
 */
export function checkErrorTable(root: string, files: readonly SourceFile[]): Breach[] {
  const registries = files.filter(({ path }) => path === REGISTRY || path === HTTP_REGISTRY)
  if (!registries.some(({ path }) => path === REGISTRY))
    return [{ at: REGISTRY, what: 'is missing' }]
  if (!existsSync(join(root, TABLE))) return [{ at: TABLE, what: 'is missing' }]
  const empty = registries.filter(({ text }) => matches(text, QUOTED_CODE).length === 0)
  if (empty.length > 0) return empty.map(({ path }) => ({ at: path, what: 'names no code' }))
  const codes = registries.flatMap(({ text }) => matches(text, QUOTED_CODE))
  const rows = matches(readFileSync(join(root, TABLE), 'utf8'), ROW)
  const thrown = files
    .filter((file) => !registries.includes(file))
    .flatMap((file) => matches(file.text, QUOTED_CODE))
  const repeated = rows.filter((code, index) => rows.indexOf(code) !== index)
  return [
    ...missing(codes, rows).map((code) => ({ at: TABLE, what: `has no row for ${code}` })),
    ...missing(rows, codes).map((code) => ({
      at: TABLE,
      what: `has a row for ${code}, which is no code`,
    })),
    ...repeated.map((code) => ({ at: TABLE, what: `has two rows for ${code}` })),
    ...registries.flatMap(({ path, text }) =>
      missing(matches(text, QUOTED_CODE), thrown).map((code) => ({
        at: path,
        what: `names ${code}, which nothing throws`,
      })),
    ),
  ]
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code]) => code ?? '')
}

function missing(expected: readonly string[], present: readonly string[]): string[] {
  return [...new Set(expected)].filter((code) => !present.includes(code))
}
