import { CacheError } from '../../core/exceptions/cache-error.ts'
import { cutText } from '../../core/exceptions/describe-value.ts'
import { errorText } from '../../core/exceptions/error-text.ts'

/** The error of a snapshot that can't be saved; what the system said is in the message, too, since it says which file and why. */
export function snapshotFailure(path: string, cause: unknown): CacheError {
  const why = cause instanceof Error ? cause.message : errorText(cause)
  return new CacheError(
    'CACHE_SNAPSHOT_FAILED',
    `Cannot save the snapshot ${cutText(path)}: ${cutText(why)}`,
    { cause },
  )
}
