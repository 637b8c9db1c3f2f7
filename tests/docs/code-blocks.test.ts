/**
 * Every code block of the documents is true: what is code compiles and runs, what is a command
 * runs against the built service, what is data parses.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extractCodeBlocks, findFault } from './code-block.ts'
import { runProgram, typeCheck, writePrograms } from './program.ts'
import { type Service, startService } from './service.ts'
import { runShell } from './shell.ts'

const BLOCK_TIMEOUT_MS = 40_000
const COMPILE_TIMEOUT_MS = 120_000

function findDocuments(): string[] {
  const pages = existsSync('docs') ? readdirSync('docs', { recursive: true, encoding: 'utf8' }) : []
  return ['README.md', 'CONTRIBUTING.md', ...pages.map((page) => `docs/${page}`).sort()].filter(
    (file) => file.endsWith('.md') && existsSync(file),
  )
}

const documents = findDocuments()
const blocks = documents.flatMap((file) => extractCodeBlocks(file, readFileSync(file, 'utf8')))
const sound = blocks.filter((block) => findFault(block) === undefined)
/** Inside the repository, so that an example finds the packages and platform-cache by name. */
const programFolder = mkdtempSync(resolve('.doc-blocks-'))
const workFolder = mkdtempSync(join(tmpdir(), 'doc-blocks-'))
const programs = writePrograms(
  programFolder,
  sound.filter(({ language }) => language === 'ts' || language === 'js'),
)
const commands = sound.filter(({ mode }) => mode === 'run')

afterAll(() => {
  rmSync(programFolder, { recursive: true, force: true })
  rmSync(workFolder, { recursive: true, force: true })
})

describe('the documents', () => {
  it.skipIf(!existsSync('README.md'))('have code blocks, the README among them', () => {
    expect(blocks.map((block) => block.file)).toContain('README.md')
  })

  it('have only code blocks that are well-formed', () => {
    const faults = blocks.flatMap((block) => {
      const fault = findFault(block)
      return fault === undefined ? [] : [`${block.file}:${block.line}: ${fault}`]
    })
    expect(faults).toEqual([])
  })
})

describe.skipIf(programs.length === 0)('examples in TypeScript and JavaScript', () => {
  it(
    'compile',
    async () => {
      expect(await typeCheck(programFolder, programs)).toEqual([])
    },
    COMPILE_TIMEOUT_MS,
  )

  it.each(programs)(
    '$at runs and ends',
    async (program) => {
      await runProgram(program, workFolder)
    },
    BLOCK_TIMEOUT_MS,
  )
})

describe.skipIf(commands.length === 0)('commands', () => {
  let service: Service

  beforeAll(async () => {
    service = await startService(workFolder)
  }, BLOCK_TIMEOUT_MS)

  afterAll(() => service?.close())

  it.each(commands)(
    '$file:$line runs',
    async (block) => {
      await runShell(block, workFolder, service)
    },
    BLOCK_TIMEOUT_MS,
  )
})
