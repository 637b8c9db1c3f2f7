import type { Command } from 'commander'
import type { ExplanationResponse } from '../api/models/responses/explanation-response.ts'
import { formatDuration } from '../core/value-objects/duration.ts'
import { addClientOptions, type ClientOptions, clientOf } from './client-options.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `Examples:
  platform-cache explain user:1
  platform-cache explain user:1 --json
`

/** `platform-cache explain` */
export function explainKey(program: Command, terminal: Terminal): void {
  const command = program
    .command('explain <key>')
    .description('Say why a key hits or misses')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((key: string, options: ClientOptions) =>
    run(key, options, terminal),
  )
}

async function run(key: string, options: ClientOptions, terminal: Terminal): Promise<void> {
  const explanation = await clientOf(options, terminal).ask<ExplanationResponse>({
    method: 'GET',
    path: ['caches', options.cache, 'entries', key, '_explain'],
  })
  const text =
    options.json === true ? JSON.stringify(explanation) : explanationText(explanation).join('\n')
  terminal.stdout.write(`${text}\n`)
}

function explanationText(explanation: ExplanationResponse): string[] {
  const { summary, entry, lastRemoval, isLoading, nextRead } = explanation
  const lines: (readonly [string, string])[] = []
  if (entry !== null) {
    lines.push(['age', formatDuration(entry.ageMs)])
    lines.push(['fresh until', instant(entry.freshUntilMs)])
    if (entry.staleUntilMs !== entry.freshUntilMs) {
      lines.push(['kept until', instant(entry.staleUntilMs)])
    }
    lines.push(['size', `${entry.sizeBytes} bytes`], ['read', `${entry.accessCount} times`])
    lines.push(['priority', entry.priority])
    if (entry.tags.length > 0) lines.push(['tags', entry.tags.join(', ')])
    if (entry.dependsOn.length > 0) lines.push(['depends on', entry.dependsOn.join(', ')])
  }
  if (lastRemoval !== null) {
    lines.push(['last removal', `${lastRemoval.detail} (${instant(lastRemoval.atMs)})`])
  }
  if (isLoading) lines.push(['loading', 'right now'])
  lines.push(['next read', nextRead])
  return [summary, ...lines.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`)]
}

function instant(atMs: number | null): string {
  return atMs === null ? 'it is invalidated' : new Date(atMs).toISOString()
}
