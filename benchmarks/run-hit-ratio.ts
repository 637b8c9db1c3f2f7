/**
 * `npm run bench:hitratio [-- --traces DIR]`: what the eviction policies keep, on traces and on synthetic
 * streams, beside Caffeine's published figures and, where Java and Maven are, beside Caffeine itself.
 * Exits 1 if a target was missed.
 */
import { tracesFolder } from './hit-ratio/read-trace.ts'
import { hitRatioTraces } from './hit-ratio.bench.ts'
import { hitRatioBytes } from './hit-ratio-bytes.bench.ts'
import { hitRatioGhosts } from './hit-ratio-ghosts.bench.ts'
import { hitRatioSynthetic } from './hit-ratio-synthetic.bench.ts'
import { isMet, type Report, reportText } from './measure/report.ts'

const folder = tracesFolder(process.argv.slice(2))
const benchmarks: readonly (() => Promise<Report>)[] = [
  () => hitRatioTraces(folder),
  hitRatioSynthetic,
  () => hitRatioBytes(folder),
  () => hitRatioGhosts(folder),
]
let missed = 0
for (const benchmark of benchmarks) {
  const report = await benchmark()
  process.stdout.write(`${reportText(report)}\n`)
  missed += report.targets.filter((target) => !isMet(target)).length
}
process.stdout.write(`${missed} targets missed\n`)
if (missed > 0) process.exitCode = 1
