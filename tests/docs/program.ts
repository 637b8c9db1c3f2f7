import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import type { CodeBlock } from './code-block.ts'

/** What a reader would put into one file: a block, and those after it that continue it. */
export interface Program {
  /** Where it begins: `README.md:12`. */
  readonly at: string
  readonly file: string
  /** In the scratch folder; its line numbers are those of the document. */
  readonly path: string
}

/** An example does its work and ends; one that hangs has left something open. */
const RUN_TIMEOUT_MS = 30_000
const exec = promisify(execFile)

/**
 * Writes the programs of the given blocks into a folder inside the repository, so that they find
 * the packages, and `platform-cache` by its own name.
 */
export function writePrograms(folder: string, blocks: readonly CodeBlock[]): Program[] {
  const programs: { block: CodeBlock; lines: string[] }[] = []
  for (const block of blocks) {
    const last = programs.at(-1)
    if (block.mode === 'continues') {
      if (
        last === undefined ||
        last.block.file !== block.file ||
        last.block.language !== block.language
      )
        throw new Error(`${block.file}:${block.line}: continues nothing`)
      addAtLine(last.lines, block)
    } else {
      const lines: string[] = []
      addAtLine(lines, block)
      programs.push({ block, lines })
    }
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerConfig()))
  return programs.map(({ block, lines }) => {
    const { file, line, language } = block
    const path = join(folder, `${file.replaceAll('/', '__')}__${line}.${language}`)
    writeFileSync(path, lines.join('\n'))
    return { at: `${file}:${line}`, file, path }
  })
}

/** Empty lines before the text give it the line numbers that it has in the document. */
function addAtLine(lines: string[], { line, text }: CodeBlock): void {
  while (lines.length < line) lines.push('')
  lines.push(...text.split('\n'))
}

/** What `tsc --init` gives a user, with the package read from its sources. */
function compilerConfig(): object {
  const source = (file: string): string[] => [resolve('src', file)]
  return {
    extends: resolve('tsconfig.json'),
    compilerOptions: {
      allowJs: true,
      checkJs: true,
      declaration: false,
      isolatedDeclarations: false,
      moduleDetection: 'force',
      noPropertyAccessFromIndexSignature: false,
      noUncheckedIndexedAccess: false,
      noUnusedLocals: false,
      paths: {
        'platform-cache': source('index.ts'),
        'platform-cache/http': source('http.ts'),
        'platform-cache/testing': source('testing.ts'),
      },
    },
    include: ['*.ts', '*.js'],
  }
}

/** The compiler's complaints about all programs of the folder, with the document's lines. */
export async function typeCheck(folder: string, programs: readonly Program[]): Promise<string[]> {
  const output = await exec(
    process.execPath,
    [resolve('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
    { cwd: folder },
  ).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  )
  return nameDocument(output, programs)
    .split('\n')
    .filter((line) => line !== '')
}

/** `README__md__12.ts(14,3)` → `README.md(14,3)` */
function nameDocument(text: string, programs: readonly Program[]): string {
  return programs.reduce(
    (named, program) =>
      named.replaceAll(program.path, program.file).replaceAll(basename(program.path), program.file),
    text,
  )
}

/** Runs a program against dist/ in a process of its own; rejects with its words if it fails or hangs. */
export async function runProgram(
  program: Program,
  workFolder: string,
  timeoutMs: number = RUN_TIMEOUT_MS,
): Promise<void> {
  const text = ts.sys.readFile(program.path) ?? ''
  const { outputText } = ts.transpileModule(text, {
    fileName: program.path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      inlineSourceMap: true,
      inlineSources: true,
    },
  })
  const compiled = `${program.path}.mjs`
  writeFileSync(compiled, outputText)
  mkdirSync(workFolder, { recursive: true })
  await exec(process.execPath, ['--enable-source-maps', compiled], {
    cwd: workFolder,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  }).catch((cause: { killed?: boolean; stderr: string }) => {
    const why = cause.killed === true ? `did not end within ${timeoutMs} ms` : 'failed'
    const words = nameDocument(cause.stderr, [program])
    throw new Error(`${program.at}: the example ${why}\n${words}`, { cause })
  })
}
