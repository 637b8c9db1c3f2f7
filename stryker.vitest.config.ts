import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The tests that Stryker runs: those of the files that it breaks, and no others. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['tests/infrastructure/repositories/memory/{eviction/*,key-*}.test.ts'],
    testTimeout: 30_000,
  },
})

export default config
