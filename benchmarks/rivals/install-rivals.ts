import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; optional?: boolean }>>
}

const folder = dirname(fileURLToPath(import.meta.url))

/** Installs the peers into this folder, unless exactly those of the lock file are there already. */
export function installRivals(): void {
  if (areInstalled()) return
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('Cannot run the benchmarks: the peers were not installed')
}

function areInstalled(): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json') // Written by npm when it is through.
  if (!existsSync(installed)) return false
  const wanted = read(join(folder, 'package-lock.json'))
  const present = read(installed)
  return Object.entries(wanted.packages)
    .filter(([path, { optional }]) => path !== '' && optional !== true)
    .every(([path, { version }]) => present.packages[path]?.version === version)
}

function read(path: string): LockFile {
  return JSON.parse(readFileSync(path, 'utf8')) as LockFile // Files of npm, version 3.
}
