/**
 * `npm run bench:memory [-- name ...]`: measures the memory engine of Platform Cache, as built, and its
 * peers in one run: speed, bytes, pauses and growth. Exits 1 if a target was missed. `npm run bench:hitratio`
 * is about what the engine keeps.
 */
import { runBenchmarks } from './measure/run-benchmarks.ts'
import { memoryAwait } from './memory-await.bench.ts'
import { memoryBytes } from './memory-bytes.bench.ts'
import { memoryPauses } from './memory-pauses.bench.ts'
import { memoryPeek } from './memory-peek.bench.ts'
import { memoryReadThrough } from './memory-read-through.bench.ts'
import { memoryScale } from './memory-scale.bench.ts'
import { memorySet } from './memory-set.bench.ts'

await runBenchmarks(
  {
    peek: memoryPeek,
    set: memorySet,
    'read-through': memoryReadThrough,
    await: memoryAwait,
    bytes: memoryBytes,
    pauses: memoryPauses,
    scale: memoryScale,
  },
  process.argv.slice(2),
)
