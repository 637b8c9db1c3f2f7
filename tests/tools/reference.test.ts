import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type PublicDeclaration,
  type PublicSurface,
  publicSurface,
} from '../../scripts/reference/public-declarations.ts'
import { renderReference } from '../../scripts/reference/render-reference.ts'

const READ_TIMEOUT_MS = 60_000
const root = resolve('.')

describe('docs/reference.md', () => {
  it(
    'is what npm run reference makes of the docstrings as they are now',
    () => {
      expect(readFileSync('docs/reference.md', 'utf8')).toBe(renderReference(root))
    },
    READ_TIMEOUT_MS,
  )

  it.each(['src/index.ts', 'src/testing.ts'])(
    'has a docstring for every export of %s',
    (entry) => {
      const { exported } = publicSurface(root, entry)
      expect(exported.length).toBeGreaterThan(0)
      const silent = exported.filter(({ description }) => description === '')
      expect(silent.map(({ name, file }) => `${name} in ${file}`)).toEqual([])
    },
    READ_TIMEOUT_MS,
  )
})

const FILES: Readonly<Record<string, string>> = {
  'src/index.ts': `export type { Options } from './options.ts'
export { Store, makeStore } from './store.ts'
`,
  'src/options.ts': `import type { Readable } from 'node:stream'
/** Inner. */
export interface Inner { readonly sizeBytes: number }
/** What may be said. */
export interface Options { readonly inner: Inner; readonly input: Readable }
export interface Unrelated { readonly nothing: true }
`,
  'src/store.ts': `import type { Options } from './options.ts'
type Key = string
/**
 * Holds things.
 *
 * In a second paragraph.
 */
export class Store {
  readonly #options: Options
  /** @internal */
  constructor(options: Options) { this.#options = options }
  /** The thing. */
  get(key: Key): Options | undefined { return key === '' ? undefined : this.#options }
  /** @internal */
  reset(): void {}
  async [Symbol.asyncDispose](): Promise<void> {}
}
/**
 * Makes one.
 *
 * @param options what it is to be
 * @throws Error for want
 *   of space
 */
export function makeStore(options: Options): Store { return new Store(options) }
`,
}

describe('publicSurface()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reference-'))
  let surface: PublicSurface
  const exportOf = (name: string): PublicDeclaration => {
    const found = surface.exported.find((each) => each.name === name)
    if (found === undefined) throw new Error(`expected an export ${name}`)
    return found
  }

  beforeAll(() => {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    surface = publicSurface(folder, 'src/index.ts')
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('finds what the entry exports, in the order of their names, and nothing else', () => {
    const found = surface.exported.map(({ name, kind, file }) => [name, kind, file])
    expect(found).toEqual([
      ['Options', 'interface', 'src/options.ts'],
      ['Store', 'class', 'src/store.ts'],
      ['makeStore', 'function', 'src/store.ts'],
    ])
  })

  it('finds what the exports name without being exported, in their file and behind an import', () => {
    expect(surface.named.map(({ name }) => name)).toEqual(['Inner', 'Key'])
  })

  it('shows a class with its public members, their docstrings, and no body', () => {
    expect(exportOf('Store').signature).toBe(
      [
        'class Store {',
        '  /** The thing. */',
        '  get(key: Key): Options | undefined',
        '  [Symbol.asyncDispose](): Promise<void>',
        '}',
      ].join('\n'),
    )
  })

  it('keeps the paragraphs of a docstring, without the members’ own', () => {
    expect(exportOf('Store').description).toBe('Holds things.\n\nIn a second paragraph.')
  })

  it('shows a function without its body, and its tags apart from its description', () => {
    const { signature, description, tags } = exportOf('makeStore')
    expect(signature).toBe('function makeStore(options: Options): Store')
    expect(description).toBe('Makes one.')
    expect(tags.map(([name]) => name)).toEqual(['param', 'throws'])
    expect(tags[0]?.[1]).toBe('`options`: what it is to be')
  })
})
