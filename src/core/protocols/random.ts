/** Where chance comes from. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive); for jitter and sampling, not for secrets. */
  next(): number
  /** An unguessable token of at least 128 bits, URL-safe; for generations and lease tokens. */
  token(): string
}
