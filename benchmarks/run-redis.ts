/**
 * `npm run bench:redis [-- name ...]`: measures Platform Cache over Redis, as built, beside the bare client
 * and its peers in one run, on a Redis that it starts itself. Exits 1 if a target was missed.
 */
import { runBenchmarks } from './measure/run-benchmarks.ts'
import { redisThroughput } from './redis-throughput.bench.ts'

await runBenchmarks({ throughput: redisThroughput }, process.argv.slice(2))
