/**
 * Where every invalidation of a cache passes: it appends the mark to the log, and applies the marks that
 * the log hands back, own and foreign, to the namespaces they reach. A change that starts here is
 * appended once; one that arrives is only applied.
 */
import type { InvalidationMark, InvalidationScope } from '../../core/entities/invalidation-mark.ts'
import { CacheError, isCacheError } from '../../core/exceptions/cache-error.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { EventSink } from '../../core/protocols/event-sink.ts'
import type { InvalidationLog, PositionedMark } from '../../core/protocols/invalidation-log.ts'
import type {
  InvalidationService as InvalidationContract,
  InvalidationRequest,
  InvalidationResult,
} from '../../core/protocols/invalidation-service.ts'
import type { KeyMatcher, RegexEngine } from '../../core/protocols/regex-engine.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import { parseInvalidationPattern } from '../../core/value-objects/invalidation-pattern.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'

/** Most marks kept for the history that operators see; `set` marks aren't part of it. */
export const HISTORY_SIZE = 1000
const MAX_COMPILED = 1000

/** What the service works with. */
export interface InvalidationPorts {
  readonly node: string
  readonly log: InvalidationLog
  readonly clock: Clock
  readonly events: EventSink
  readonly regex: RegexEngine
  /** Called when something was set or invalidated that nobody will hear of, since the log didn't take its mark. */
  readonly onLost?: () => void
}

/**
 * Applies marks that reach one namespace. `isOwnSet`: a `set` of this node made it, and stores the newest
 * value itself. `isFence`: its place isn't known yet, and it comes again when it is.
 */
export type MarkTarget = (
  positioned: PositionedMark,
  matches: KeyMatcher | undefined,
  isOwnSet: boolean,
  isFence: boolean,
) => void

export class InvalidationService implements InvalidationContract {
  readonly #ports: InvalidationPorts
  readonly #targets = new Map<string, MarkTarget>()
  readonly #compiled = new Map<string, KeyMatcher>()
  readonly #history: PositionedMark[] = []
  readonly #unsubscribe: (() => void)[]

  constructor(ports: InvalidationPorts) {
    this.#ports = ports
    const endFences = ports.log.onFence?.((positioned) => this.#hand(positioned, true, true))
    const endMarks = ports.log.subscribe((positioned) => this.#applyMark(positioned))
    this.#unsubscribe = endFences === undefined ? [endMarks] : [endMarks, endFences]
  }

  head(): LogPosition {
    return this.#ports.log.head()
  }

  register(namespace: string, target: MarkTarget): void {
    this.#targets.set(namespace, target)
  }

  async invalidate(request: InvalidationRequest): Promise<InvalidationResult> {
    await this.matcherOf(request.scope)
    const mark: InvalidationMark = {
      namespace: request.namespace,
      scope: request.scope,
      soft: request.soft,
      act: request.act,
      origin: request.origin ?? this.#ports.node,
      reason: request.reason,
      atMs: this.#ports.clock.nowMs(),
    }
    try {
      const isAwaited = request.isAwaited === true
      const position = await this.#ports.log.append(mark, { isAwaited })
      if (position !== undefined) return { position, propagated: true }
      this.lost()
      return { position, propagated: false }
    } catch (error) {
      this.lost()
      throw notTaken(request.namespace, error)
    }
  }

  /**
   * As `assertKey`, where nobody but this cache hears of the mark: the caller has to make it take effect.
   * `undefined`: somebody else does, or may, and nothing was appended.
   */
  assertUnheard(namespace: string, key: CacheKey): LogPosition | undefined {
    const { log, node, clock } = this.#ports
    return log.appendUnheard?.({ namespace, key, origin: node, atMs: clock.nowMs() })
  }

  /**
   * Appends the mark by which a `set` says that its value is the newest; answers the value's birth.
   *
   * @throws CacheError CACHE_REPOSITORY_UNAVAILABLE, as `invalidate` does
   */
  assertKey(namespace: string, key: CacheKey): LogPosition | Promise<LogPosition> {
    const mark = this.markOfSet(namespace, key)
    const refused = (error: unknown): never => {
      this.lost()
      throw notTaken(namespace, error)
    }
    try {
      const position = this.#ports.log.append(mark)
      return position instanceof Promise ? position.then(known, refused) : position
    } catch (error) {
      return refused(error)
    }
  }

  /** The mark by which a `set` says that its value is the newest. */
  markOfSet(namespace: string, key: CacheKey): InvalidationMark {
    return {
      namespace,
      scope: { kind: 'key', key },
      soft: false,
      act: 'set',
      origin: this.#ports.node,
      reason: undefined,
      atMs: this.#ports.clock.nowMs(),
    }
  }

  /** Something was set or invalidated for which no mark can be made any more. */
  lost(): void {
    this.#ports.onLost?.()
  }

  /** The matcher of a pattern or regex scope; `undefined` for other scopes. @throws CacheError CACHE_PATTERN_INVALID */
  async matcherOf(scope: InvalidationScope): Promise<KeyMatcher | undefined> {
    const known = this.patternMatcher(scope)
    if (known !== undefined || scope.kind !== 'regex') return known
    const matcher = await this.#ports.regex.compile(scope.regex)
    if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear()
    this.#compiled.set(scope.regex, matcher)
    return matcher
  }

  /** The matcher of a pattern, or of a regex that was compiled here; `undefined` otherwise: then everything counts as hit. */
  patternMatcher(scope: InvalidationScope): KeyMatcher | undefined {
    if (scope.kind === 'pattern') {
      const pattern = parseInvalidationPattern(scope.pattern)
      return (key) => pattern.matches(key)
    }
    return scope.kind === 'regex' ? this.#compiled.get(scope.regex) : undefined
  }

  /** The newest invalidations first, at most `limit` of the last 1000. */
  history(limit: number): readonly PositionedMark[] {
    const count = Math.min(limit, HISTORY_SIZE)
    return count > 0 ? this.#history.slice(-count).reverse() : []
  }

  close(): void {
    for (const end of this.#unsubscribe) end()
  }

  /** @param isOwn true for a mark of this node: a value that it sets is the newest one */
  #hand(positioned: PositionedMark, isOwn: boolean, isFence: boolean): void {
    const { mark } = positioned
    const isOwnSet = mark.act === 'set' && isOwn
    const matches = this.patternMatcher(mark.scope)
    if (mark.scope.kind === 'dependency') {
      for (const target of this.#targets.values()) target(positioned, matches, isOwnSet, isFence)
    } else {
      this.#targets.get(mark.namespace)?.(positioned, matches, isOwnSet, isFence)
    }
  }

  #applyMark(positioned: PositionedMark): void {
    const { mark } = positioned
    this.#hand(positioned, mark.origin === this.#ports.node, false)
    if (mark.act === 'set') return
    this.#history.push(positioned)
    if (this.#history.length > HISTORY_SIZE * 2) this.#history.splice(0, HISTORY_SIZE)
    this.#announce(positioned)
  }

  #announce({ mark, position }: PositionedMark): void {
    const { events, clock } = this.#ports
    if (!events.hears('invalidated')) return
    events.emit({
      type: 'invalidated',
      namespace: mark.namespace,
      mark,
      position,
      atMs: clock.nowMs(),
    })
  }
}

/** Who asks for a birth gets one, or none of the value is stored. */
function known(position: LogPosition | undefined): LogPosition {
  if (position !== undefined) return position
  throw new CacheError(
    'CACHE_REPOSITORY_UNAVAILABLE',
    'Cannot store: the invalidation log did not take the mark in time',
  )
}

function notTaken(namespace: string, cause: unknown): CacheError {
  if (isCacheError(cause, 'CACHE_CLOSED')) return cause
  return new CacheError(
    'CACHE_REPOSITORY_UNAVAILABLE',
    `Cannot invalidate in ${namespace}: the invalidation log refused the mark`,
    { cause },
  )
}
