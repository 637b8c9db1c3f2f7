import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url))

const config: ViteUserConfig = defineConfig({
  resolve: {
    // A test that imports the package by name reads the sources, so that coverage sees it.
    alias: [
      { find: /^platform-cache$/, replacement: source('index.ts') },
      { find: /^platform-cache\/(http|testing)$/, replacement: source('$1.ts') },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    // Processes, not threads: tests of the service send signals and watch unhandled rejections.
    pool: 'forks',
    // Generous: on two busy cores with coverage, a property test of 10 000 runs takes its time.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    allowOnly: false,
    unstubEnvs: true,
    coverage: {
      provider: 'v8',
      // Files that no test loads count too, as uncovered.
      include: ['src/**/*.ts'],
      reportOnFailure: true,
      reporter: [['text', { skipFull: true }], 'text-summary'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
})

export default config
