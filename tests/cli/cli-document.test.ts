/** docs/cli.md knows every command and every option. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { EXIT_CODES } from '../../src/cli/cli-failure.ts'
import { config } from '../../src/cli/config.ts'
import { deleteEntries } from '../../src/cli/delete-entries.ts'
import { explainKey } from '../../src/cli/explain-key.ts'
import { getEntry } from '../../src/cli/get-entry.ts'
import { invalidateEntries } from '../../src/cli/invalidate-entries.ts'
import { listKeys } from '../../src/cli/list-keys.ts'
import { serve } from '../../src/cli/serve.ts'
import { setEntry } from '../../src/cli/set-entry.ts'
import { showStats } from '../../src/cli/show-stats.ts'
import { showVersion } from '../../src/cli/show-version.ts'
import { run, testTerminal } from './test-terminal.ts'

const text = readFileSync('docs/cli.md', 'utf8')
const configuration = readFileSync('docs/configuration.md', 'utf8')

const program = new Command()
for (const add of [
  serve,
  getEntry,
  setEntry,
  deleteEntries,
  invalidateEntries,
  listKeys,
  explainKey,
  showStats,
  config,
  showVersion,
]) {
  add(program, testTerminal())
}
const commands = program.commands.flatMap((command) => [command, ...command.commands])

describe('docs/cli.md', () => {
  it('has a chapter for every command, in the order of the help', async () => {
    const { out } = await run(['--help'])
    const [, list = ''] = out.split('Commands:\n')
    const listed = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)
    const names = program.commands.map((command) => command.name())
    expect(listed).toEqual([...names, 'help'])
    const chapters = [...text.matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
    expect(chapters).toEqual(names)
    for (const name of names) expect(text).toContain(`| [\`${name}\`](#${name}) | `)
  })

  it.each(commands.map((command) => [command.name(), command] as const))(
    'names every option of %s, or leaves those of serve to the configuration',
    (_name, command) => {
      for (const { long } of command.options) {
        expect(`${text}${configuration}`).toMatch(new RegExp(`${long}\\b`))
      }
    },
  )

  it('lists every exit code', () => {
    const codes = [...text.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code))
    expect(codes).toEqual(Object.values(EXIT_CODES))
  })
})
