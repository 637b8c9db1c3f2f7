import { describe, expect, it } from 'vitest'
import { extractCodeBlocks, findFault } from './code-block.ts'

const fence = (info: string, ...lines: string[]): string =>
  ['```', info, '\n', ...lines.map((line) => `${line}\n`), '```\n'].join('')
const faultOf = (markdown: string): string | undefined => {
  const [block] = extractCodeBlocks('a.md', markdown)
  if (block === undefined) throw new Error('expected a block')
  return findFault(block)
}

describe('extractCodeBlocks()', () => {
  it('gives language, mode, text and the line of the fence', () => {
    const markdown = `# Title\n\n${fence('ts', 'const a = 1', '', 'a')}\ntext\n${fence('sh run', 'true')}`
    expect(extractCodeBlocks('docs/a.md', markdown)).toEqual([
      { file: 'docs/a.md', line: 3, language: 'ts', mode: '', text: 'const a = 1\n\na\n' },
      { file: 'docs/a.md', line: 10, language: 'sh', mode: 'run', text: 'true\n' },
    ])
  })

  it('takes the indentation of a list away', () => {
    const markdown = '1. Do\n\n   ```ts\n   if (a)\n     b()\n   ```\n'
    expect(extractCodeBlocks('a.md', markdown)[0]?.text).toBe('if (a)\n  b()\n')
  })

  it('reads an unclosed fence to the end, rather than not at all', () => {
    expect(extractCodeBlocks('a.md', '```ts\na\nb')[0]?.text).toBe('a\nb')
  })

  it('leaves a fence inside a longer fence alone', () => {
    const blocks = extractCodeBlocks('a.md', '````text\n```ts\na\n```\n````\n')
    expect(blocks.map(({ language, text }) => [language, text])).toEqual([
      ['text', '```ts\na\n```\n'],
    ])
  })

  it('reads a fence of tildes', () => {
    expect(extractCodeBlocks('a.md', '~~~json\n1\n~~~\n')[0]?.text).toBe('1\n')
  })

  it('finds nothing in text with code spans only', () => {
    expect(extractCodeBlocks('a.md', 'use `a` and ``b``\n')).toEqual([])
  })
})

describe('findFault()', () => {
  it.each([
    ['ts', 'const a = 1'],
    ['ts continues', 'a'],
    ['js', 'const a = 1'],
    ['sh run', 'anything at all'],
    ['sh manual', 'npm ci && npm start'],
    ['sh manual', 'npm run bench   # takes minutes'],
    ['json', '{ "a": [1] }'],
    ['http', 'GET /v1 HTTP/1.1'],
    ['text', 'anything'],
  ])('finds nothing wrong with %s: %s', (info, text) => {
    expect(faultOf(fence(info, text))).toBeUndefined()
  })

  it.each([
    ['', 'a', /expected one of the languages .*, got ''/],
    ['python', 'a', /expected one of the languages .*, got 'python'/],
    ['ts skip', 'a', /expected ts followed by nothing or continues, got 'skip'/],
    ['sh', 'true', /expected sh followed by run or manual, got ''/],
    ['sh manual', 'npm ci && reboot', /'npm ci && reboot' is not in the list of manual commands/],
    ['json', '{ a: 1 }', /SyntaxError/],
    ['http', 'GET it', /line 1: expected a request or status line/],
    ['ts', '', /is empty/],
  ])('finds what is wrong with %s: %s', (info, text, fault) => {
    expect(faultOf(fence(info, text))).toMatch(fault)
  })
})
