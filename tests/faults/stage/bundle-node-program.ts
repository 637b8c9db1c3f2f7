import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { serversFolder } from '../../servers/reaper.ts'

let bundled: Promise<string> | undefined

/**
 * Writes the program of a node, with all that it imports, to one file, and answers its path. A process that
 * compiled the sources by itself would take a second to start.
 */
export function bundleNodeProgram(): Promise<string> {
  bundled ??= bundle()
  return bundled
}

async function bundle(): Promise<string> {
  const outfile = join(serversFolder(), 'node-program.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./node-program.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
    // Packages are bundled, too, since the file isn't where Node would find them.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  return outfile
}
