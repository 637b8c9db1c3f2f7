import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { SharedStorePorts } from '../../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { entryFrame } from '../redis-frames/entry-frame.ts'
import { type FrameReader, type FrameWriter, isFault } from '../redis-frames/frame-fault.ts'
import { frameHeader } from '../redis-frames/frame-header.ts'
import { framedEntry } from '../redis-frames/framed-entry.ts'
import { type CacheIdentity, type KeyNames, keyNames, leaseName } from './key-names.ts'

/** How the entries of a namespace become bytes, and where these lie. */
export interface EntryFramesPorts extends SharedStorePorts {
  readonly cache: CacheIdentity
  readonly namespace: string
  readonly writer: FrameWriter
  readonly reader: FrameReader
}

/** Names and bytes of the entries of one namespace. */
export class EntryFrames {
  readonly names: KeyNames
  readonly #ports: EntryFramesPorts

  constructor(ports: EntryFramesPorts) {
    this.#ports = ports
    this.names = keyNames(ports.cache, ports.namespace)
  }

  /** Value and lease of a key. */
  namesOf(key: CacheKey): { readonly valueName: string; readonly leaseName: string } {
    const valueName = this.names.value(key)
    return { valueName, leaseName: leaseName(this.#ports.cache, valueName) }
  }

  /**
   * What lies under the key as an entry; `undefined` if it is none, which is told.
   *
   * @param name that of the value of the key
   */
  read(
    key: CacheKey,
    bytes: Uint8Array,
    name: string = this.names.value(key),
  ): CacheEntry | undefined {
    const { namespace, reader, onFault } = this.#ports
    const header = frameHeader(bytes, name)
    const entry = isFault(header)
      ? header
      : framedEntry(bytes, header, { name, namespace, key }, reader)
    if (!isFault(entry)) return entry
    onFault(key, 'counted a miss', unusable('read', key, entry.fault, entry.cause))
    return undefined
  }

  /** The entry as bytes, or why it has none. */
  write(entry: CacheEntry): Buffer | CacheError {
    const frame = entryFrame(entry, this.names.value(entry.key), this.#ports.writer)
    if (!isFault(frame)) return frame
    const { cause } = frame
    // What the serializer says is for the user, and its code too.
    return cause instanceof CacheError ? cause : unusable('store', entry.key, frame.fault, cause)
  }
}

/** The life of the bytes of an entry, in whole milliseconds; `undefined`: they stay until the entry is invalidated. */
export function bytesTtlMs({ staleUntilMs }: CacheEntry, nowMs: number): number | undefined {
  if (staleUntilMs === Number.POSITIVE_INFINITY) return undefined
  return Math.max(1, Math.ceil(staleUntilMs - nowMs))
}

function unusable(doing: string, key: CacheKey, fault: string, cause: unknown): CacheError {
  const message = `Cannot ${doing} ${key.slice(0, 100)}: ${fault}`
  return new CacheError('CACHE_VALUE_INVALID', message, { cause })
}
