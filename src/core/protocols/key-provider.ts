/** A data key: the bytes to encrypt with, and the form of it that may be stored. */
export interface DataKey {
  readonly id: number
  readonly plaintext: Uint8Array
  readonly wrapped: Uint8Array
}

/** Wraps and unwraps data keys; the interface to a key management service. */
export interface KeyProvider {
  /** A new data key for a tenant. Rejects when the service can't be reached. */
  generateDataKey(tenant: string): Promise<DataKey>
  /** The plaintext of a wrapped key. Rejects for a key that was shredded. */
  unwrapDataKey(tenant: string, wrapped: Uint8Array): Promise<Uint8Array>
}
