import type { CacheLogger } from '../cache-options.ts'

/** A logger that fails must not fail what it logs. There is nobody left to tell. */
export function guardedLogger(logger: CacheLogger): CacheLogger {
  const safely =
    (level: 'warn' | 'error') =>
    (details: object, message: string): void => {
      try {
        logger[level](details, message)
      } catch {
        // Nobody is left to be told.
      }
    }
  return { warn: safely('warn'), error: safely('error') }
}
