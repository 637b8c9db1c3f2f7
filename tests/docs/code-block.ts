import { parseHttpMessages } from './http-message.ts'

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** From the root of the repository. */
  readonly file: string
  /** The line of the opening fence, from 1. The text begins on the next one. */
  readonly line: number
  readonly language: string
  /** The word after the language: `run`, `manual`, `continues`; empty if there is none. */
  readonly mode: string
  readonly text: string
}

const MODES: Readonly<Record<string, readonly string[]>> = {
  ts: ['', 'continues'],
  js: ['', 'continues'],
  sh: ['run', 'manual'],
  json: [''],
  http: [''],
  text: [''],
}

/** Commands that a test cannot run, since they install, run the tests, or never end. */
const MANUAL_COMMANDS = [
  'npm ci',
  'npm ci && npm start',
  'npm ci && npm test',
  'npm install platform-cache',
  'npm install platform-cache fastify typebox @fastify/swagger @fastify/swagger-ui prom-client',
  'npm start',
  'npm test',
  'npm run bench',
  'npm run bench:memory',
  'npm run bench:redis',
  'npm run build',
  'npm run check',
  'npm run coverage',
  'npm run demo',
  'npm run lint',
  'npm run layers',
  'npm run selftest',
  'npm run tidy',
  'npx biome check --write .',
  'npx vitest run tests/core',
  'npx platform-cache serve',
  'platform-cache serve',
]

const FENCED = /^([ \t]*)(`{3,}|~{3,})([^\n]*)\n([\s\S]*?)(?:^[ \t]*\2[`~]*[ \t]*$|$(?![\s\S]))/gm

/** All fenced blocks, also those indented in a list; an unclosed one ends with the file. */
export function extractCodeBlocks(file: string, markdown: string): CodeBlock[] {
  return [...markdown.matchAll(FENCED)].map((match) => {
    const [, indent = '', , info = '', body = ''] = match
    const [language = '', ...mode] = info.trim().split(/\s+/)
    const line = markdown.slice(0, match.index).split('\n').length
    const text = indent === '' ? body : body.replaceAll(`\n${indent}`, '\n').slice(indent.length)
    return { file, line, language, mode: mode.join(' '), text }
  })
}

/** What is wrong with a block as it stands, before anything runs; `undefined` if nothing is. */
export function findFault(block: CodeBlock): string | undefined {
  const modes = MODES[block.language]
  if (modes === undefined)
    return `expected one of the languages ${Object.keys(MODES).join(', ')}, got '${block.language}'`
  if (!modes.includes(block.mode))
    return `expected ${block.language} followed by ${modes.map((mode) => mode || 'nothing').join(' or ')}, got '${block.mode}'`
  if (block.text.trim() === '') return 'is empty'
  if (block.language === 'json') return faultOf(() => JSON.parse(block.text))
  if (block.language === 'http') return faultOf(() => parseHttpMessages(block.text))
  if (block.mode === 'manual') return findUnknownCommand(block)
  return undefined
}

function faultOf(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    return String(error)
  }
}

function findUnknownCommand(block: CodeBlock): string | undefined {
  const commands = block.text.split('\n').map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
  const unknown = commands.find((each) => each !== '' && !MANUAL_COMMANDS.includes(each))
  return unknown === undefined ? undefined : `'${unknown}' is not in the list of manual commands`
}
