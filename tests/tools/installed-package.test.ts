/** The package as a user gets it: packed, unpacked somewhere else, with what it declares beside it. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

const TIMEOUT_MS = 120_000
const exec = promisify(execFile)
const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'installed-package-'))

/** A project with the package, its dependencies, and the given other packages. */
async function install(name: string, others: readonly string[]): Promise<string> {
  const project = join(folder, name)
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  await exec('tar', ['-xzf', tarball(), '-C', join(project, 'node_modules')])
  await exec('mv', [
    join(project, 'node_modules/package'),
    join(project, 'node_modules/platform-cache'),
  ])
  for (const other of [...Object.keys(manifest.dependencies), ...others]) {
    const link = join(project, 'node_modules', other)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(resolve('node_modules', other), link)
  }
  return project
}

const tarball = (): string => join(folder, `platform-cache-${manifest.version}.tgz`)

async function run(project: string, code: string): Promise<string> {
  const { stdout } = await exec(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: project,
  })
  return stdout
}

beforeAll(async () => {
  await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', folder])
}, TIMEOUT_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('package.json', () => {
  it('has at most three dependencies, and no peer that a user must install', () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(3)
    const required = Object.keys(manifest.peerDependencies).filter(
      (name) => manifest.peerDependenciesMeta[name]?.optional !== true,
    )
    expect(required).toEqual([])
  })
})

describe('the package without its peers', () => {
  let project = ''

  beforeAll(async () => {
    project = await install('bare', [])
  }, TIMEOUT_MS)

  it(
    'caches',
    async () => {
      const code = `
      import { createCache } from 'platform-cache'
      const cache = createCache()
      console.log(await cache.getOrSet('a', () => 1), await cache.getOrSet('a', () => 2))
      await cache.close()`
      expect(await run(project, code)).toBe('1 1\n')
    },
    TIMEOUT_MS,
  )

  it(
    'has its contract suites',
    async () => {
      const code = `import * as testing from 'platform-cache/testing'; console.log(Object.keys(testing).length > 0)`
      expect(await run(project, code)).toBe('true\n')
    },
    TIMEOUT_MS,
  )

  it(
    'has a command that starts by its name',
    async () => {
      const command = join(project, 'node_modules/platform-cache/dist/cli/main.js')
      const { stdout } = await exec(command, ['--version'], { cwd: project })
      expect(stdout).toContain(manifest.version)
    },
    TIMEOUT_MS,
  )

  it(
    'has types that compile without skipLibCheck',
    async () => {
      writeFileSync(
        join(project, 'main.ts'),
        `import { createCache } from 'platform-cache'\nexport const value: Promise<number | undefined> = createCache().namespace<number>('n').get('a')\n`,
      )
      symlinkSync(resolve('node_modules/@types'), join(project, 'node_modules/@types'))
      const args = [
        '--strict',
        '--noEmit',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
      ]
      const tsc = exec(
        process.execPath,
        [resolve('node_modules/typescript/bin/tsc'), ...args, 'main.ts'],
        {
          cwd: project,
        },
      )
      await expect(
        tsc.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout))),
      ).resolves.toBeDefined()
    },
    TIMEOUT_MS,
  )
})

describe('the package with its peers', () => {
  it(
    'has the routers',
    async () => {
      const project = await install('full', Object.keys(manifest.peerDependencies))
      const code = `import * as http from 'platform-cache/http'; console.log(Object.keys(http).length > 0)`
      expect(await run(project, code)).toBe('true\n')
    },
    TIMEOUT_MS,
  )
})
