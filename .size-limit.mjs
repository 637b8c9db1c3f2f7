/** What a user's bundle grows by, in gzipped bytes, for each entry point. */

const BUILT_IN = 'node:*'
const REGEX_ENGINE = 're2js'
const PEERS = ['fastify', '@fastify/*', 'typebox', 'typebox/*', 'prom-client']

/** Our entry points import the chunks they share, which the bundler finds worth a warning each. */
const modifyEsbuildConfig = (config) => ({
  ...config,
  logOverride: { 'ignored-bare-import': 'silent' },
})

export default [
  {
    name: 'platform-cache: createCache, without re2js (imported when the first regex is used)',
    path: 'dist/index.js',
    import: '{ createCache }',
    ignore: [BUILT_IN, REGEX_ENGINE],
    limit: '60 kB',
  },
  {
    name: 'platform-cache: createCache and re2js',
    path: 'dist/index.js',
    import: '{ createCache }',
    ignore: [BUILT_IN],
    limit: '110 kB',
  },
  {
    name: 'platform-cache/http: everything, without its peers and re2js',
    path: 'dist/http.js',
    ignore: [BUILT_IN, REGEX_ENGINE, ...PEERS],
    limit: '40 kB',
  },
  {
    name: 'platform-cache/testing: everything, without re2js',
    path: 'dist/testing.js',
    ignore: [BUILT_IN, REGEX_ENGINE],
    limit: '40 kB',
  },
].map((check) => ({ ...check, gzip: true, modifyEsbuildConfig }))
