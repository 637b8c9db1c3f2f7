import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Trace } from './play-trace.ts'

const VERSION = '3.2.4'
const COORDINATES = `com.github.ben-manes.caffeine:caffeine:${VERSION}`
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'
const MAVEN_TIMEOUT_MS = 180_000
const PROGRAM: string = join(
  dirname(fileURLToPath(import.meta.url)),
  'caffeine/CaffeineHitRatio.java',
)

/** What Caffeine itself makes of some requests. */
export interface CaffeineCase {
  readonly trace: Trace
  readonly entries: number
}

/** The hit ratios in per cent, in the order of the cases; or why there are none. */
export function runCaffeine(cases: readonly CaffeineCase[]): readonly number[] | string {
  const folder = mkdtempSync(join(tmpdir(), 'caffeine-'))
  try {
    const jar = fetchJar(folder)
    return jar.endsWith('.jar') ? hitRatios(cases, jar, folder) : jar
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Path of the library, or why there is none. */
function fetchJar(folder: string): string {
  const args = ['-q', '-B', COPY, `-Dartifact=${COORDINATES}`, `-DoutputDirectory=${folder}`]
  const { error } = spawnSync('mvn', args, { cwd: folder, timeout: MAVEN_TIMEOUT_MS })
  const jar = join(folder, `caffeine-${VERSION}.jar`)
  if (existsSync(jar)) return jar
  return error === undefined
    ? `Maven could not fetch ${COORDINATES}`
    : `Maven did not run (${error.message})`
}

function hitRatios(
  cases: readonly CaffeineCase[],
  jar: string,
  folder: string,
): readonly number[] | string {
  const files = new Map<Trace, string>()
  for (const { trace } of cases) {
    if (files.has(trace)) continue
    const file = join(folder, `${files.size}.keys`)
    writeFileSync(file, trace)
    files.set(trace, file)
  }
  const pairs = cases.flatMap(({ trace, entries }) => [files.get(trace) ?? '', String(entries)])
  const { stdout, stderr, error } = spawnSync('java', ['-cp', jar, PROGRAM, ...pairs], {
    encoding: 'utf8',
  })
  if (error !== undefined) return `Java did not run (${error.message})`
  const ratios = stdout.trim().split('\n').map(Number)
  return ratios.length === cases.length ? ratios : `Java failed: ${stderr.slice(0, 300)}`
}
