import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { CodeBlock } from './code-block.ts'
import { CLI, type Service } from './service.ts'

const RUN_TIMEOUT_MS = 30_000
const exec = promisify(execFile)

/**
 * Runs a `sh run` block as bash would, stopping at the first failure; rejects with its words.
 * `platform-cache` is the built CLI, and the ports of the documents lead to the running service.
 */
export async function runShell(
  block: CodeBlock,
  workFolder: string,
  service: Service,
): Promise<void> {
  const binFolder = join(workFolder, '.bin')
  mkdirSync(binFolder, { recursive: true })
  const shim = join(binFolder, 'platform-cache')
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`)
  chmodSync(shim, 0o755)
  const script = block.text
    .replace(/\b(127\.0\.0\.1|localhost):7400\b/g, `127.0.0.1:${service.publicPort}`)
    .replace(/\b(127\.0\.0\.1|localhost):7401\b/g, `127.0.0.1:${service.internalPort}`)
  await exec('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: workFolder,
    timeout: RUN_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      PATH: `${binFolder}${delimiter}${process.env['PATH']}`,
      PLATFORM_CACHE_URL: `http://127.0.0.1:${service.publicPort}`,
      NO_COLOR: '1',
    },
  }).catch((cause: { stdout: string; stderr: string }) => {
    throw new Error(
      `${block.file}:${block.line}: the commands failed\n${cause.stdout}${cause.stderr}`,
      { cause },
    )
  })
}
