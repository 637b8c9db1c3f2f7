/** What a user's bundle grows by, in gzipped bytes, for each entry point. */

const BUILT_IN = 'node:*'
const REGEX_ENGINE = 're2js'
const REDIS_CLIENT = '@redis/client'
const PEERS = ['fastify', '@fastify/*', 'typebox', 'typebox/*', 'prom-client']

/** Our entry points import the chunks they share, which the bundler finds worth a warning each. */
const modifyEsbuildConfig = (config) => ({
  ...config,
  logOverride: { 'ignored-bare-import': 'silent' },
})

export default [
  {
    name: 'platform-cache: createCache, without re2js and @redis/client (imported when they are needed first)',
    path: 'dist/index.js',
    import: '{ createCache }',
    ignore: [BUILT_IN, REGEX_ENGINE, REDIS_CLIENT],
    limit: '112 kB',
  },
  {
    name: 'platform-cache: createCache and re2js',
    path: 'dist/index.js',
    import: '{ createCache }',
    ignore: [BUILT_IN, REDIS_CLIENT],
    limit: '159 kB',
  },
  {
    name: 'platform-cache/http: everything, without its peers and re2js',
    path: 'dist/http.js',
    ignore: [BUILT_IN, REGEX_ENGINE, REDIS_CLIENT, ...PEERS],
    limit: '40 kB',
  },
  {
    name: 'platform-cache/testing: everything, without re2js',
    path: 'dist/testing.js',
    ignore: [BUILT_IN, REGEX_ENGINE, REDIS_CLIENT],
    limit: '40 kB',
  },
].map((check) => ({ ...check, gzip: true, modifyEsbuildConfig }))
