import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { missingServicePackages, SERVICE_PACKAGES } from '../../src/cli/service-packages.ts'

const folder = mkdtempSync(join(tmpdir(), 'service-packages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const from = pathToFileURL(join(folder, 'main.js'))

function install(name: string, exports: unknown): void {
  const home = join(folder, 'node_modules', name)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, exports }))
  writeFileSync(join(home, 'index.js'), '')
}

describe('SERVICE_PACKAGES', () => {
  it('are the optional peers of the package, so that npm knows their versions, but for the client of Redis', () => {
    const manifest: { peerDependencies: object } = JSON.parse(readFileSync('package.json', 'utf8'))
    const peers = Object.keys(manifest.peerDependencies).filter((name) => name !== '@redis/client')
    expect([...SERVICE_PACKAGES].sort()).toEqual(peers.sort())
  })
})

describe('missingServicePackages()', () => {
  it('finds nothing missing here', () => {
    expect(missingServicePackages(import.meta.url)).toBeUndefined()
  })

  it('names what is missing, and the command that installs it', () => {
    expect(missingServicePackages(from)).toMatchObject({
      exitCode: 1,
      message:
        'Cannot serve: fastify, typebox, @fastify/swagger, @fastify/swagger-ui, prom-client are not installed; run: npm install fastify typebox @fastify/swagger @fastify/swagger-ui prom-client',
    })
  })

  it('counts a package for import alone as there, and names the last one that is missing', () => {
    for (const name of SERVICE_PACKAGES.slice(0, -1)) install(name, { import: './index.js' })
    expect(missingServicePackages(from)?.message).toBe(
      'Cannot serve: prom-client is not installed; run: npm install prom-client',
    )
    install('prom-client', './index.js')
    expect(missingServicePackages(from)).toBeUndefined()
  })
})
