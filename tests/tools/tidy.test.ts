import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkLayerCoverage } from '../../scripts/tidy/check-layer-coverage.ts'
import { checkRepository } from '../../scripts/tidy/check-repository.ts'
import { readSourceFiles } from '../../scripts/tidy/source-file.ts'

type Files = Readonly<Record<string, string>>

const TSX = resolve('node_modules/.bin/tsx')
const TIDY = resolve('scripts/tidy.ts')
const SPAWN_TIMEOUT_MS = 60_000
/** Enough code that a file is not counted as tiny. */
const BODY = Array.from(
  { length: 12 },
  (_, index) => `export const LINE_${index} = ${index}\n`,
).join('')
/** In parts, so that this file has no mark of its own. */
const MARK = ['//', 'TODO'].join(' ')

const RIGHT_TREE: Files = {
  'src/index.ts': `export { cacheKey } from './core/value-objects/cache-key.ts'\n`,
  'src/core/exceptions/cache-error.ts': `export type CacheErrorCode = 'CACHE_KEY_INVALID'\nexport class CacheError extends Error {}\n${BODY}`,
  'src/core/value-objects/cache-key.ts': `import type { CacheErrorCode } from '../exceptions/cache-error.ts'\nexport const cacheKey: CacheErrorCode = 'CACHE_KEY_INVALID'\n${BODY}`,
  'src/core/protocols/clock.ts': `export interface Clock {\n  nowMs(): number\n}\n`,
  'src/core/events/cache-hit.ts': `export type CacheHit = { readonly createdAtMs: number }\nexport const HIT = 'hit'\n`,
  'tests/core/exceptions/cache-error.test.ts': '',
  'tests/core/value-objects/cache-key.test.ts': '',
  'docs/errors.md': '| code | when |\n| --- | --- |\n| `CACHE_KEY_INVALID` | always |\n',
}

const tested = (path: string, text: string): Files => ({
  [`src/${path}.ts`]: text + BODY,
  [`tests/${path}.test.ts`]: '',
})

/** What breaks each rule: the files that a right tree gets in addition, and the line that tells. */
const BREACHES: readonly [rule: string, files: Files, breach: RegExp][] = [
  [
    'a file without a symbol of its name',
    tested('core/entities/entry', 'export type Other = string\n'),
    /^src\/core\/entities\/entry\.ts: exports Other, .* must be named after the file$/,
  ],
  [
    'behaviour without a twin test',
    { 'src/api/routers/router.ts': `export function router(): void {}\n${BODY}` },
    /^src\/api\/routers\/router\.ts: has no tests\/api\/routers\/router\.test\.ts$/,
  ],
  [
    'a function among the shapes without a twin test',
    {
      'src/core/protocols/store.ts': 'export type Store = 1\nexport function isStore(): void {}\n',
    },
    /^src\/core\/protocols\/store\.ts: has no tests\/core\/protocols\/store\.test\.ts$/,
  ],
  [
    'a hot path whose benchmark is gone',
    tested('core/entities/hot', '// hot path: benchmarks/gone.bench.ts\nexport type Hot = 1\n'),
    /^src\/core\/entities\/hot\.ts: is guarded by benchmarks\/gone\.bench\.ts, which is gone$/,
  ],
  [
    'a span without a unit',
    tested('core/entities/span', 'export type Span = { readonly softTimeout?: number }\n'),
    /^src\/core\/entities\/span\.ts:1: a span needs its unit/,
  ],
  [
    'an instant without a unit',
    tested('core/entities/instant', 'export type Instant = { createdAt: number }\n'),
    /^src\/core\/entities\/instant\.ts:1: an instant needs its unit/,
  ],
  [
    'a size without a unit',
    tested('core/entities/size', 'export type Size = { maxSize: number }\n'),
    /^src\/core\/entities\/size\.ts:1: a size needs its unit/,
  ],
  [
    'an import that climbs too far',
    tested(
      'api/a/b/c/far',
      `import type { Clock } from '../../../../core/protocols/clock.ts'\nexport type Far = Clock\n`,
    ),
    /^src\/api\/a\/b\/c\/far\.ts:1: an import climbs at most/,
  ],
  [
    'a file five folders deep',
    tested('api/a/b/c/d/deep', 'export type Deep = 1\n'),
    /^src\/api\/a\/b\/c\/d\/deep\.ts: is 5 folders deep/,
  ],
  [
    'randomness in core',
    tested('core/entities/dice', 'export const dice = Math.random()\n'),
    /^src\/core\/entities\/dice\.ts:1: randomness and globals/,
  ],
  [
    'a mark without an issue number, outside src too',
    { 'benchmarks/get.bench.ts': `${MARK} (#12) fine\n${MARK} later\n` },
    /^benchmarks\/get\.bench\.ts:2: a TODO needs an issue number$/,
  ],
  [
    'a folder of 21 files',
    Object.assign(
      {},
      ...Array.from({ length: 21 }, (_, i) => tested(`cli/c${i}`, `export type C${i} = 1\n`)),
    ),
    /^src\/cli: holds 21 files/,
  ],
  [
    'a tree of tiny files',
    Object.fromEntries(
      ['a', 'b'].map((name) => [`src/cli/${name}.ts`, `export type ${name.toUpperCase()} = 1\n`]),
    ),
    /^src: 2 of 7 files have under 10 lines/,
  ],
  [
    'a code without a row',
    { 'docs/errors.md': 'nothing\n' },
    /^docs\/errors\.md: has no row for CACHE_KEY_INVALID$/,
  ],
  [
    'a row without a code',
    { 'docs/errors.md': '| `CACHE_KEY_INVALID` | a |\n| `CACHE_GHOST` | b |\n' },
    /^docs\/errors\.md: has a row for CACHE_GHOST, which is no code$/,
  ],
  [
    'a row that is there twice',
    { 'docs/errors.md': '| `CACHE_KEY_INVALID` | a |\n| `CACHE_KEY_INVALID` | b |\n' },
    /^docs\/errors\.md: has two rows for CACHE_KEY_INVALID$/,
  ],
  [
    'a code that nothing throws',
    tested('core/value-objects/cache-key', 'export type CacheKey = string\n'),
    /^src\/core\/exceptions\/cache-error\.ts: names CACHE_KEY_INVALID, which nothing throws$/,
  ],
  [
    'no registry of codes',
    { 'src/core/exceptions/cache-error.ts': `export class CacheError extends Error {}\n${BODY}` },
    /^src\/core\/exceptions\/cache-error\.ts: names no code$/,
  ],
]

const roots: string[] = []

function createTree(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'tsconfig.json'), '{}')
  return root
}

const breachesOf = (root: string): string[] =>
  checkRepository(root).breaches.map(({ at, what }) => `${at}: ${what}`)

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

describe('checkRepository()', () => {
  it('finds no breach in a right tree', () => {
    const report = checkRepository(createTree(RIGHT_TREE))
    expect(report.breaches).toEqual([])
    expect(report.sources).toHaveLength(5)
    expect(report.others).toHaveLength(2)
  })

  it.each(BREACHES)('finds %s, and nothing else', (_rule, files, breach) => {
    expect(breachesOf(createTree({ ...RIGHT_TREE, ...files }))).toEqual([
      expect.stringMatching(breach),
    ])
  })

  it('finds a breach where there is nothing to check', () => {
    expect(breachesOf(createTree({}))).toContain('src: holds no files; nothing was checked')
  })
})

describe('scripts/tidy.ts', () => {
  const run = (root: string): { status: number | null; stdout: string } =>
    spawnSync(TSX, [TIDY, root], { encoding: 'utf8' })

  it(
    'exits with 0 and says how many files it read',
    () => {
      const { status, stdout } = run(createTree(RIGHT_TREE))
      expect(stdout).toBe('tidy: read 5 files of src/ and 2 others; breaches: 0\n')
      expect(status).toBe(0)
    },
    SPAWN_TIMEOUT_MS,
  )

  it(
    'exits with 1 after a line for each breach',
    () => {
      const { status, stdout } = run(createTree({}))
      expect(stdout).toMatch(/^src: holds no files; nothing was checked$/m)
      expect(stdout).toMatch(/\ntidy: read 0 files of src\/ and 0 others; breaches: 2\n$/)
      expect(status).toBe(1)
    },
    SPAWN_TIMEOUT_MS,
  )
})

describe('checkLayerCoverage()', () => {
  it(
    'reports a file that dependency-cruiser did not read',
    () => {
      const root = createTree(RIGHT_TREE)
      const files = readSourceFiles(root, 'src')
      const ghost = { path: 'src/ghost.ts', folder: 'src', name: 'ghost', text: '', lines: [] }
      expect(checkLayerCoverage(root, files)).toEqual([])
      expect(checkLayerCoverage(root, [...files, ghost])).toEqual([
        { at: 'src/ghost.ts', what: 'was not read by dependency-cruiser' },
      ])
    },
    SPAWN_TIMEOUT_MS,
  )
})
