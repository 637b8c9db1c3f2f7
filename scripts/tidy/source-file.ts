import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A TypeScript file of the repository, read once for all checks. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes: `src/core/entities/cache-entry.ts`. */
  readonly path: string
  readonly folder: string
  /** Without `.ts`. */
  readonly name: string
  readonly text: string
  readonly lines: readonly string[]
}

/** The TypeScript files below `folder`, sorted by path; none if the folder is missing. */
export function readSourceFiles(root: string, folder: string): SourceFile[] {
  return listTypeScript(root, folder)
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return {
        path,
        folder: dirname(path),
        name: basename(path, '.ts'),
        text,
        lines: text.split('\n'),
      }
    })
}

function listTypeScript(root: string, folder: string): string[] {
  const found: string[] = []
  for (const entry of entriesOf(join(root, folder))) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory() && entry.name !== 'node_modules')
      found.push(...listTypeScript(root, path))
    else if (entry.isFile() && entry.name.endsWith('.ts')) found.push(path)
  }
  return found
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // No benchmarks or examples yet: nothing to read there.
    return []
  }
}
