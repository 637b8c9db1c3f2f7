import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RIGHT_TREE, type Tree, WRONG_IMPORTS, WRONG_TREE_PROPS } from './layer-trees.ts'

interface Violation {
  readonly rule: { readonly name: string }
  readonly from: string
  readonly to: string
}

interface Cruise {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: { readonly violations: readonly Violation[] }
}

const CONFIG = resolve('.dependency-cruiser.cjs')
const DEPCRUISE = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
const require = createRequire(import.meta.url)

const DEPENDENCIES = ['re2js', 'commander', 'picocolors']
const PEERS = [
  'fastify',
  '@fastify/swagger',
  'typebox',
  'prom-client',
  '@redis/client',
  '@platformatic/kafka',
]
const MANIFEST = {
  name: 'fixture',
  type: 'module',
  dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, '*'])),
  peerDependencies: Object.fromEntries(PEERS.map((name) => [name, '*'])),
  devDependencies: {
    'only-for-development': '*',
    ...Object.fromEntries(PEERS.map((name) => [name, '*'])),
  },
}

const folders: string[] = []

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** Type imports, the weakest kind: a rule that sees these sees all. */
function writeModules(root: string, modules: Tree): void {
  for (const [path, imports] of Object.entries(modules)) {
    const lines = imports.map(
      (specifier, index) => `import type * as i${index} from '${specifier}'\n`,
    )
    const used = imports.map((_, index) => `typeof i${index}`)
    write(root, path, `${lines.join('')}export type Shape = [${used.join(', ')}]\n`)
  }
}

function createTree(...parts: readonly Tree[]): string {
  const root = mkdtempSync(join(tmpdir(), 'layer-rules-'))
  folders.push(root)
  write(root, 'package.json', JSON.stringify(MANIFEST))
  write(root, 'tsconfig.json', JSON.stringify({ compilerOptions: { module: 'nodenext' } }))
  for (const name of [...DEPENDENCIES, ...PEERS, 'only-for-development', 'undeclared']) {
    write(
      root,
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', exports: { import: './main.js' } }),
    )
    write(root, `node_modules/${name}/main.js`, '')
  }
  for (const part of parts) writeModules(root, part)
  return root
}

function cruise(root: string): Cruise {
  const args = [DEPCRUISE, 'src', '--config', CONFIG, '--output-type', 'json', '--no-progress']
  // The process exits 0 with this output type, however many violations it found.
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }))
}

function describeViolation(violation: Violation): string {
  return `${violation.rule.name}: ${violation.from} → ${violation.to}`
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('layer rules', () => {
  it('find nothing to say about a tree in which each layer imports all that it may', () => {
    const result = cruise(createTree(RIGHT_TREE))

    expect(result.summary.violations.map(describeViolation)).toEqual([])
    const read = result.modules.map((module) => module.source)
    expect(read).toEqual(expect.arrayContaining(Object.keys(RIGHT_TREE)))
  }, 30_000)

  describe('in a tree with one wrong import a file', () => {
    let violations: readonly Violation[] = []

    beforeAll(() => {
      const wrong = Object.fromEntries(
        WRONG_IMPORTS.map(([, file, imported]) => [file, [imported]]),
      )
      violations = cruise(createTree(RIGHT_TREE, WRONG_TREE_PROPS, wrong)).summary.violations
    }, 30_000)

    it.each(WRONG_IMPORTS)('%s: %s may not import %s', (rule, file) => {
      const broken = violations.filter((each) => each.from === file).map((each) => each.rule.name)
      expect(broken).toContain(rule)
    })

    it('no-orphans: a file that imports nothing and that nothing imports is reported', () => {
      expect(violations.map(describeViolation)).toContain(
        'no-orphans: src/extensions/hooks/orphan.ts → src/extensions/hooks/orphan.ts',
      )
    })

    it('only the wrong files break rules', () => {
      const wrong = [...WRONG_IMPORTS.map(([, file]) => file), ...Object.keys(WRONG_TREE_PROPS)]
      const others = violations.filter((each) => !wrong.includes(each.from))
      expect(others.map(describeViolation)).toEqual([])
    })
  })

  it('the-library-never-loads-the-service: the core entry may not reach its packages through other files', () => {
    const packages = [
      '@fastify/swagger',
      'commander',
      'fastify',
      'picocolors',
      'prom-client',
      'typebox',
    ]
    const { violations } = cruise(
      createTree(RIGHT_TREE, {
        'src/module.ts': ['./extensions/hooks/far.ts'],
        'src/extensions/hooks/far.ts': ['./farther.ts'],
        'src/extensions/hooks/farther.ts': packages,
      }),
    ).summary
    const broken = violations.filter(
      ({ rule, from }) =>
        rule.name === 'the-library-never-loads-the-service' && from === 'src/index.ts',
    )
    expect(broken.map((each) => each.to).sort()).toEqual(
      packages.map((name) => `node_modules/${name}/main.js`),
    )
  }, 30_000)

  it('each have a wrong import in this file', () => {
    const config: { forbidden: { name: string }[] } = require(CONFIG)
    const shown = new Set([
      ...WRONG_IMPORTS.map(([rule]) => rule),
      'no-orphans',
      'the-library-never-loads-the-service',
    ])
    expect(config.forbidden.map((rule) => rule.name).sort()).toEqual([...shown].sort())
  })
})
