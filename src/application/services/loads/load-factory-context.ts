import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import {
  type EntryOptions,
  type EntryPolicy,
  resolveEntryPolicy,
} from '../../../core/value-objects/entry-policy.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import type { Flight } from '../single-flight.ts'
import { presented } from '../stores/store-entry.ts'

/** What a factory is handed. */
export interface LoadFactoryContext<V> {
  readonly key: string
  /** Aborts when the load has no time left or nobody waits for it any more. */
  readonly signal: AbortSignal
  /** The old value, if there is one that may still be served stale. */
  readonly stale: V | undefined
  /** Changes the options of this one result: its TTL, tags and so on. Called again, it adds to what it said before. */
  readonly setOptions: (options: EntryOptions<V>) => void
  /** `return notModified()` keeps the old value, with its tags and dependencies, for another TTL. @throws CacheError CACHE_LOAD_FAILED if there is none */
  readonly notModified: () => V
  /** Ends the load as failed, without an error of one's own. @throws CacheError CACHE_LOAD_FAILED, always */
  readonly fail: (message: string, options?: { readonly cause?: unknown }) => never
}

/** Makes the value of a key. */
export type LoadFactory<V> = (context: LoadFactoryContext<V>) => V | Promise<V>

/** What a factory said about its result, beside the result. */
export interface LoadWishes {
  policy: EntryPolicy
  /** It said that the old value still holds. */
  isNotModified: boolean
}

/** The context of one run; `wishes` is where it leaves what the factory says. */
export function loadFactoryContext(
  ports: Pick<NamespacePorts, 'settings' | 'clock'>,
  key: CacheKey,
  flight: Pick<Flight, 'previous' | 'controller'>,
  wishes: LoadWishes,
): LoadFactoryContext<unknown> {
  const { previous } = flight
  return {
    key,
    signal: flight.controller.signal,
    stale: previous === undefined ? undefined : presented(ports, previous.value),
    setOptions: (options) => {
      // Resolved now, so that a wrong option fails in the line that says it.
      wishes.policy = resolveEntryPolicy(wishes.policy, options, ports.clock.nowMs())
    },
    notModified: () => {
      if (previous === undefined) {
        throw new CacheError(
          'CACHE_LOAD_FAILED',
          `Cannot keep the old value of ${describeValue(key)}: there is none`,
        )
      }
      wishes.isNotModified = true
      return previous.value
    },
    fail: (message, why) => {
      throw new CacheError(
        'CACHE_LOAD_FAILED',
        `Cannot load ${describeValue(key)}: ${message}`,
        why,
      )
    },
  }
}
