/**
 * House rules that no off-the-shelf linter knows: `tsx scripts/tidy.ts [root]`. Prints a line for
 * each breach, then how many files it read; exits 1 if there was any breach.
 *
 * Text-based on purpose: it says something useful also while the sources do not compile.
 */
import { resolve } from 'node:path'
import { checkLayerCoverage } from './tidy/check-layer-coverage.ts'
import { checkRepository } from './tidy/check-repository.ts'

const root = resolve(process.argv[2] ?? '.')
const { sources, others, breaches } = checkRepository(root)
const all = [...breaches, ...checkLayerCoverage(root, sources)]

for (const { at, what } of all) process.stdout.write(`${at}: ${what}\n`)
process.stdout.write(
  `tidy: read ${sources.length} files of src/ and ${others.length} others; breaches: ${all.length}\n`,
)
process.exitCode = all.length > 0 ? 1 : 0
