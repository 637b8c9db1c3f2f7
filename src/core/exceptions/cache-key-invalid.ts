import { CacheError } from './cache-error.ts'
import { cutText, describeValue } from './describe-value.ts'

/** A key that breaks the rules for keys. Code CACHE_KEY_INVALID. */
export class CacheKeyInvalid extends CacheError {
  /** The key as it was given, cut at 100 characters; of a key that is no string, what it is. */
  readonly keyText: string

  /** @param why `expected <rule>, got <value>` */
  constructor(key: unknown, why: string) {
    super('CACHE_KEY_INVALID', `Cannot use key ${describeValue(key)}: ${why}`)
    this.keyText = typeof key === 'string' ? cutText(key) : describeValue(key)
  }
}
