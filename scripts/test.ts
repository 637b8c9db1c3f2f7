/**
 * The test command: runs Vitest over everything with coverage, and ends with one line that a
 * person and a machine can read, `N passed, N failed`, after the coverage table.
 *
 * Arguments go to Vitest. With a filter (`npm test -- tests/core`) coverage is off, since a part of
 * the tests says nothing about the whole source.
 *
 * Tests that need a redis-server start their own; it is found, or installed, beforehand. Where there is none,
 * they are skipped, and the reason is printed.
 */
import { parseCLI, startVitest, type Vitest } from 'vitest/node'
import { provideRedisServer } from './redis/provide-redis-server.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A file that fails before its first test counts as one failure, and so does an error outside tests. */
function count(vitest: Vitest): Counts {
  const counts: Counts = { passed: 0, failed: vitest.state.getUnhandledErrors().length, skipped: 0 }
  for (const file of vitest.state.getTestModules()) {
    for (const test of file.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') counts.passed += 1
      else if (state === 'skipped') counts.skipped += 1
      else counts.failed += 1
    }
    counts.failed += file.errors().length
    for (const suite of file.children.allSuites()) counts.failed += suite.errors().length
  }
  return counts
}

/** What makes the run fail although every test passed, a missed coverage threshold say, counts as one. */
function summary(counts: Counts, hasFailed: boolean): string {
  const failed = hasFailed ? Math.max(counts.failed, 1) : counts.failed
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  return `${counts.passed} passed, ${failed} failed${skipped}`
}

const redis = provideRedisServer(process.env)
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
const vitest = await startVitest('test', filter, {
  ...options,
  coverage: { enabled: filter.length === 0, ...options.coverage },
})
const counts = count(vitest)
await vitest.close()
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1
const hasFailed = process.exitCode !== undefined && process.exitCode !== 0
if (redis.path === undefined)
  process.stdout.write(`\nTests with Redis were skipped: ${redis.reason}.\n`)
process.stdout.write(`\n${summary(counts, hasFailed)}\n`)
