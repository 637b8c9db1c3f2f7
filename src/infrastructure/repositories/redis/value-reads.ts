import type { RedisCommand, RedisReply } from '../../../core/protocols/redis-transport.ts'

/** Most values in one command: others wait while the server collects them. */
const MAX_TOGETHER = 100
/** A value above this, in bytes, is asked for by itself from then on: all others of its command would wait for it. */
const LARGE_BYTES = 64 * 1024
/** Names that are remembered for their large values; the oldest leaves. */
const MAX_LARGE = 1024

/** A command, and where the names stand that it asks for. */
interface ValueRead {
  readonly command: RedisCommand
  readonly places: readonly number[]
}

/** Reads of values in as few commands as can be: many in one cost the server and us a fraction of as many. */
export class ValueReads {
  readonly #large = new Set<string>()

  /** @param isApart names may lie on several servers: one in each command */
  of(names: readonly string[], isApart: boolean): readonly ValueRead[] {
    if (isApart || names.length === 1) return names.map(single)
    const reads: ValueRead[] = []
    const together: number[] = []
    for (const [at, name] of names.entries()) {
      if (this.#large.has(name)) reads.push(single(name, at))
      else together.push(at)
    }
    for (let from = 0; from < together.length; from += MAX_TOGETHER)
      reads.push(several(names, together.slice(from, from + MAX_TOGETHER)))
    return reads
  }

  /** The answer to the read at a place in it. Notes which values are large. */
  replyAt(read: ValueRead, reply: RedisReply, at: number): RedisReply {
    if (read.command.args[0] === 'GET' || !Array.isArray(reply)) return reply
    const one = (reply[at] ?? null) as RedisReply // An array of replies, which the guard takes for one of anything.
    if (one instanceof Uint8Array && one.length > LARGE_BYTES) this.#note(read, at)
    return one
  }

  #note({ command }: ValueRead, at: number): void {
    this.#large.add(String(command.args[at + 1]))
    if (this.#large.size <= MAX_LARGE) return
    const [oldest] = this.#large
    if (oldest !== undefined) this.#large.delete(oldest)
  }
}

function single(name: string, at: number): ValueRead {
  return { command: { args: ['GET', name], key: name, isRead: true }, places: [at] }
}

function several(names: readonly string[], places: readonly number[]): ValueRead {
  const some = places.map((at) => names[at] ?? '')
  return { command: { args: ['MGET', ...some], key: some[0], isRead: true }, places }
}
