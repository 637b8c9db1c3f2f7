import type { CacheLogger } from '../../src/cache-options.ts'

/** A logger that keeps what it is told. */
export function keepingLogger(): { readonly logger: CacheLogger; readonly lines: unknown[][] } {
  const lines: unknown[][] = []
  return {
    lines,
    logger: {
      warn: (details, message) => void lines.push(['warn', message, details]),
      error: (details, message) => void lines.push(['error', message, details]),
    },
  }
}
