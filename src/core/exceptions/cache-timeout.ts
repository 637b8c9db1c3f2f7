import { CacheError } from './cache-error.ts'

/** Something didn't end within its deadline. Code CACHE_TIMEOUT. */
export class CacheTimeout extends CacheError {
  /** The deadline that passed, in milliseconds from the start. */
  readonly timeoutMs: number

  /** @param what what was asked, in the words of `Cannot <what>`, such as `load "user:1"` */
  constructor(what: string, timeoutMs: number) {
    super('CACHE_TIMEOUT', `Cannot ${what}: not done within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}
