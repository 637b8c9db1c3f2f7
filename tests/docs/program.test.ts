import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { extractCodeBlocks } from './code-block.ts'
import { type Program, runProgram, typeCheck, writePrograms } from './program.ts'

const TIMEOUT_MS = 120_000
const folder = mkdtempSync(resolve('.doc-blocks-'))

const MARKDOWN = [
  '# Right',
  '```ts',
  'const answer: number = await Promise.resolve(42)',
  '```',
  'and then',
  '```ts continues',
  'if (answer !== 42) throw new Error(String(answer))',
  '```',
  '# Wrong type',
  '```ts',
  'const text: string = 1',
  'export { text }',
  '```',
  '# Throws',
  '```js',
  "throw new Error('as it must')",
  '```',
  '# Hangs',
  '```ts',
  'setInterval(() => undefined, 1000)',
  '```',
].join('\n')

const programs = writePrograms(folder, extractCodeBlocks('docs/a.md', MARKDOWN))
const programAt = (at: string): Program => {
  const program = programs.find((each) => each.at === at)
  if (program === undefined) throw new Error(`expected a program at ${at}`)
  return program
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('writePrograms()', () => {
  it('makes one program of a block and those that continue it', () => {
    expect(programs.map((program) => program.at)).toEqual([
      'docs/a.md:2',
      'docs/a.md:10',
      'docs/a.md:15',
      'docs/a.md:19',
    ])
  })

  it('refuses a block that continues nothing', () => {
    const [block] = extractCodeBlocks('b.md', '```ts continues\n1\n```\n')
    if (block === undefined) throw new Error('expected a block')
    expect(() => writePrograms(join(folder, 'b'), [block])).toThrow('b.md:1: continues nothing')
  })
})

describe('typeCheck()', () => {
  it(
    'names file and line of the document for each complaint',
    async () => {
      const complaints = await typeCheck(folder, programs)
      expect(complaints).toEqual([
        "docs/a.md(11,7): error TS2322: Type 'number' is not assignable to type 'string'.",
      ])
    },
    TIMEOUT_MS,
  )
})

describe('runProgram()', () => {
  it(
    'resolves when the program ends well',
    async () => {
      await expect(
        runProgram(programAt('docs/a.md:2'), join(folder, 'work')),
      ).resolves.toBeUndefined()
    },
    TIMEOUT_MS,
  )

  it(
    'rejects with file and line when the program throws',
    async () => {
      const run = runProgram(programAt('docs/a.md:15'), join(folder, 'work'))
      await expect(run).rejects.toThrow(
        /^docs\/a\.md:15: the example failed\n[\s\S]*docs\/a\.md:16[\s\S]*as it must/,
      )
    },
    TIMEOUT_MS,
  )

  it(
    'rejects when the program does not end',
    async () => {
      const run = runProgram(programAt('docs/a.md:19'), join(folder, 'work'), 500)
      await expect(run).rejects.toThrow('docs/a.md:19: the example did not end within 500 ms')
    },
    TIMEOUT_MS,
  )
})
