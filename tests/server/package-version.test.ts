import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packageVersion } from '../../src/server/package-version.ts'

describe('packageVersion()', () => {
  it('is the version in package.json', () => {
    const manifest: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(packageVersion()).toBe(manifest.version)
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })
})
