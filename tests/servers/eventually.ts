import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 10

/**
 * Asks until the answer is neither undefined nor false, and returns it. A probe that throws is asked again.
 * Rejects after `deadlineMs` with `Cannot <what>: …` and what the last probe said.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 20_000,
): Promise<T> {
  const endAtMs = performance.now() + deadlineMs
  let last: unknown
  do {
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
      last = undefined
    } catch (error) {
      last = error
    }
    await sleep(PAUSE_MS)
  } while (performance.now() < endAtMs)
  throw new Error(
    `Cannot ${what}: not within ${deadlineMs} ms${last instanceof Error ? ` (${last.message})` : ''}`,
    { cause: last },
  )
}
