import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Scope } from '../api/dependencies/cache-dependencies.ts'

/** An API key as the service keeps it: enough to know it again, and not enough to use it. */
export interface ApiKey {
  /** Public: it is part of the key, and names it in the history of invalidations. */
  readonly id: string
  /** SHA-256 of the whole key, in hexadecimal. */
  readonly sha256: string
  readonly scopes: readonly Scope[]
  /** Milliseconds since the Unix epoch; `undefined`: it never expires. */
  readonly expiresAtMs: number | undefined
}

/**
 * An API key: `pc_live_<id>_<secret><checksum>`.
 *
 * 32 random bytes are the secret, and the CRC-32 of all before it is the checksum, so that a mistyped
 * key, or one that a scanner found in a log, can be told from a wrong one without asking anybody. Only
 * letters, digits and `_`: a double click selects all of it.
 */
const KEY_FORM = /^(pc_live_([A-Za-z0-9]{1,32})_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

/** What an id may be. */
const ID_FORM = /^[A-Za-z0-9]{1,32}$/

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Bytes, and the digits that they take to the base of 62. */
const SECRET_BYTES = 32
const SECRET_LENGTH = 43
const ID_BYTES = 8
const ID_LENGTH = 11
const CHECKSUM_LENGTH = 6

/**
 * A new key. It can't be had again: only its record is kept.
 *
 * @param id as `isApiKeyId` accepts it; a random one if not said
 */
export function createApiKey(id: string = randomText(ID_BYTES, ID_LENGTH)): {
  readonly key: string
  readonly id: string
} {
  const body = `pc_live_${id}_${randomText(SECRET_BYTES, SECRET_LENGTH)}`
  return { key: `${body}${checksum(body)}`, id }
}

/** The id that a key says; `undefined` if it isn't well-formed, or its checksum is wrong. */
export function apiKeyId(key: string): string | undefined {
  const [, body = '', id, sum] = KEY_FORM.exec(key) ?? []
  return sum === checksum(body) ? id : undefined
}

export function isApiKeyId(id: unknown): id is string {
  return typeof id === 'string' && ID_FORM.test(id)
}

/**
 * SHA-256 is enough, and a slow hash would be a way to keep the service busy: a secret of 256 bits
 * can't be guessed however fast one tries.
 */
export function digestApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_LENGTH)
}

function randomText(bytes: number, length: number): string {
  return toBase62(BigInt(`0x${randomBytes(bytes).toString('hex')}`), length)
}

function toBase62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n) {
    text = `${ALPHABET[Number(rest % 62n)]}${text}`
  }
  return text
}
