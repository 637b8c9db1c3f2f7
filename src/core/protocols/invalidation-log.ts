import type { InvalidationMark } from '../entities/invalidation-mark.ts'
import type { CacheKey } from '../value-objects/cache-key.ts'
import type { LogPosition } from '../value-objects/log-position.ts'

/** A mark together with its place in the log. */
export interface PositionedMark {
  readonly position: LogPosition
  readonly mark: InvalidationMark
}

/** What differs between the marks of plain sets. */
export interface UnheardSet {
  readonly namespace: string
  readonly key: CacheKey
  readonly origin: string
  readonly atMs: number
}

/** How a mark is appended. */
export interface AppendOptions {
  /** Wait until every node has applied it, or can't answer from what it holds any more. */
  readonly isAwaited?: boolean
}

/** What a reader of the log got. */
export interface LogPage {
  readonly marks: readonly PositionedMark[]
  /** False if marks between the asked position and the first one here are lost: the reader must distrust what it holds. */
  readonly isContinuous: boolean
}

/**
 * The totally ordered, append-only sequence of the marks of one cache (DESIGN.md, section 6).
 *
 * `seq` counts up by one, so a reader sees a gap. The generation is a random nonce, new whenever the
 * log was lost and began again.
 */
export interface InvalidationLog {
  /**
   * Adds a mark and answers its position once the log holds it and the listeners here have heard of it.
   * Answers at once (no promise) when the log lives in this process. Rejects when the log can't be reached,
   * and then nothing was queued for later; or resolves with `undefined`: the log didn't take it in time, this
   * node answers nothing that it reaches from here on, and brings it as soon as it can.
   */
  append(
    mark: InvalidationMark,
    options?: AppendOptions,
  ): LogPosition | Promise<LogPosition | undefined>
  /**
   * The same for the mark of a `set`, if nobody listens but whoever calls, who then sees to what it does
   * here: no mark has to be made for anyone. `undefined`: somebody else listens, and nothing was added.
   * Absent from logs that others read. Nearly each `set` comes here, and it costs a fifth of `append`.
   */
  appendUnheard?(set: UnheardSet): LogPosition | undefined
  /** The marks after `from`, oldest first, at most `limit`. */
  read(from: LogPosition, limit: number): LogPage | Promise<LogPage>
  /** The position of the newest mark known here. The same object until the next mark, so that births share it. */
  head(): LogPosition
  /** Calls `listener` for each mark, in order, own ones included; answers a function that ends it. */
  subscribe(listener: (mark: PositionedMark) => void): () => void
  /**
   * Calls `listener` for each mark of this node before the log has it, at a place that no mark has yet.
   * Absent where `append` answers at once.
   */
  onFence?(listener: (mark: PositionedMark) => void): () => void
  /** Frees what it holds. Idempotent. */
  close(): void | Promise<void>
}
