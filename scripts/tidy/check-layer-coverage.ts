import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Breach } from './breach.ts'
import type { SourceFile } from './source-file.ts'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
const DEPCRUISE = join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
const CONFIG = join(REPOSITORY, '.dependency-cruiser.cjs')

interface Cruise {
  readonly modules: readonly { readonly source: string }[]
}

/** dependency-cruiser passes when it cannot read TypeScript at all, so compare what it saw. */
export function checkLayerCoverage(root: string, files: readonly SourceFile[]): Breach[] {
  if (files.length === 0) return []
  const args = [DEPCRUISE, 'src', '--config', CONFIG, '--output-type', 'json', '--no-progress']
  const { modules }: Cruise = JSON.parse(
    execFileSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    }),
  )
  const seen = new Set(modules.map((module) => module.source))
  return files
    .filter((file) => !seen.has(file.path))
    .map((file) => ({ at: file.path, what: 'was not read by dependency-cruiser' }))
}
