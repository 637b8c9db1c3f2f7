/**
 * `npm run bench:redis [-- name ...]`: measures Platform Cache over Redis, as built, beside the bare client
 * and its peers in one run, on a Redis that it starts itself. Exits 1 if a target was missed.
 */
import { runBenchmarks } from './measure/run-benchmarks.ts'
import { redisInvalidation } from './redis-invalidation.bench.ts'
import { redisL1 } from './redis-l1.bench.ts'
import { redisSteady } from './redis-steady.bench.ts'
import { redisThroughput } from './redis-throughput.bench.ts'

await runBenchmarks(
  {
    l1: redisL1,
    throughput: redisThroughput,
    invalidation: redisInvalidation,
    steady: redisSteady,
  },
  process.argv.slice(2),
)
