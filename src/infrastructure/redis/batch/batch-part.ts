import {
  RedisFailure,
  type RedisReply,
  type RedisRequest,
  type RedisScript,
} from '../../../core/protocols/redis-transport.ts'
import type { ReplySink } from '../connection/redis-connection.ts'
import type { Admission } from '../server/circuit-breaker.ts'
import type { DataServer } from '../topology/redis-topology.ts'
import { encodeRequest } from './encode-request.ts'
import { errorReplyRule } from './error-reply-rule.ts'

/** In which form a request is sent: `text` brings the text of the script, `ask` asks for a slot on the move. */
export type SendForm = 'plain' | 'text' | 'ask'

/** A request to be sent once more. */
export interface Retry {
  readonly index: number
  /** `undefined`: whoever is primary then. */
  readonly server: DataServer | undefined
  readonly form: SendForm
  /** True if it may only go better after a moment. */
  readonly isLater: boolean
}

/** Who hears what became of a part. */
export interface PartOwner {
  /** The answer to one request, by its place in the batch. `undefined` place: the witness of a replica. */
  receive(part: BatchPart, index: number | undefined, reply: RedisReply): void
  /** All answers are in. */
  ended(part: BatchPart): void
}

/** Requests of a batch that go to one server together, and what is due from there. */
export class BatchPart implements ReplySink {
  readonly server: DataServer
  readonly isReplica: boolean
  #again: Retry[] | undefined
  #failed: Map<RedisFailure, number[]> | undefined
  readonly #owner: PartOwner
  /** By position: where it stands in the batch, `undefined` for what we added. Absent: the batch as it is. */
  readonly #places: readonly (number | undefined)[] | undefined
  readonly #admission: Admission
  #unanswered = 0
  #hasFailed = false
  #isReported = false

  constructor(
    owner: PartOwner,
    target: {
      readonly server: DataServer
      readonly admission: Admission
      readonly isReplica: boolean
    },
    places: readonly (number | undefined)[] | undefined,
  ) {
    this.#owner = owner
    this.server = target.server
    this.isReplica = target.isReplica
    this.#admission = target.admission
    this.#places = places
  }

  send(commands: readonly (readonly (string | Uint8Array)[])[], isLarge: boolean): void {
    this.#unanswered = commands.length
    this.server.write(commands, isLarge, this)
  }

  /** To be sent once all answers are in, so that they keep their order. */
  get again(): readonly Retry[] | undefined {
    return this.#again
  }

  /** What has failed here, by why; it is seen to at the end, so that replicas get it as one batch. */
  get failed(): ReadonlyMap<RedisFailure, readonly number[]> | undefined {
    return this.#failed
  }

  sendAgain(retry: Retry): void {
    this.#again ??= []
    this.#again.push(retry)
  }

  failLater(index: number, failure: RedisFailure): void {
    this.#failed ??= new Map()
    const indices = this.#failed.get(failure)
    if (indices === undefined) this.#failed.set(failure, [index])
    else indices.push(index)
  }

  onReply(position: number, reply: RedisReply): void {
    this.#unanswered -= 1
    if (reply instanceof RedisFailure && isToBlame(reply)) this.#hasFailed = true
    const places = this.#places
    this.#owner.receive(this, places === undefined ? position : places[position], reply)
    if (this.#unanswered > 0) return
    this.#report()
    this.#owner.ended(this)
  }

  /** The batch is over. What hasn't answered is held against the server. */
  expire(): void {
    if (this.#unanswered === 0) return
    this.#hasFailed = true
    this.#report()
  }

  /** Once per part, whatever its end: a probe of the breaker must not get lost. */
  #report(): void {
    if (this.#isReported) return
    this.#isReported = true
    this.server.report(this.#hasFailed ? 'failure' : 'success', this.#admission)
  }
}

function isToBlame(failure: RedisFailure): boolean {
  return failure.kind !== 'reply' || errorReplyRule(failure.code).blamesNode
}

/** The words to send, with what has to go before them, and whose answer stands where. */
export function encodeRetries(
  requests: readonly RedisRequest[],
  retries: readonly Retry[],
): {
  readonly commands: readonly (readonly (string | Uint8Array)[])[]
  readonly places: readonly (number | undefined)[]
} {
  const commands: (readonly (string | Uint8Array)[])[] = []
  const places: (number | undefined)[] = []
  const withText = new Set<RedisScript>()
  for (const { index, form } of retries) {
    const request = requests[index]
    if (request === undefined) continue
    if (form === 'ask') {
      commands.push(['ASKING'])
      places.push(undefined)
    }
    commands.push(encodeRequest(request, form === 'text' && isFirst(withText, request)))
    places.push(index)
  }
  return { commands, places }
}

/** Of the calls of a script that the server doesn't know, the first brings the text for all. */
function isFirst(seen: Set<RedisScript>, request: RedisRequest): boolean {
  if (!('script' in request) || seen.has(request.script)) return false
  seen.add(request.script)
  return true
}
