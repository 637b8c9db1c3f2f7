/** Says whether a key matches. */
export type KeyMatcher = (key: string) => boolean

/** Compiles regular expressions of users into matchers that run in linear time, whatever the expression. */
export interface RegexEngine {
  /** @throws CacheError CACHE_PATTERN_INVALID that says where the expression is wrong. */
  compile(source: string): Promise<KeyMatcher>
}
