/**
 * `npm run bench [-- name ...]`: measures Platform Cache, as built, and its peers in one run, prints a
 * table for each benchmark, and exits 1 if a target was missed.
 */
import { httpGet } from './http-get.bench.ts'
import { runBenchmarks } from './measure/run-benchmarks.ts'
import { memoryHit } from './memory-hit.bench.ts'
import { singleFlight } from './single-flight.bench.ts'
import { startup } from './startup.bench.ts'

await runBenchmarks(
  { 'memory-hit': memoryHit, 'single-flight': singleFlight, 'http-get': httpGet, startup },
  process.argv.slice(2),
)
