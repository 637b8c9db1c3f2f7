/** Writes docs/reference.md from the docstrings: `tsx scripts/reference.ts`. A test compares the two. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { renderReference } from './reference/render-reference.ts'

const root = resolve('.')
const page = renderReference(root)
writeFileSync('docs/reference.md', page)
process.stdout.write(`reference: ${page.match(/^#### /gm)?.length ?? 0} declarations\n`)
