import type { PositionedMark } from '../../core/protocols/invalidation-log.ts'

/** Most batches: with those that a table still knows in detail, over a million keys. */
const MAX_BATCHES = 20

interface Batch {
  readonly newestSeq: number
  readonly seqs: ReadonlyMap<string, number>
}

/**
 * Hard marks of single keys that are too many to be known one by one: of each only the key and its place are kept,
 * some 90 bytes, in batches that are forgotten as a whole. So a burst of a million keys costs memory for as long as
 * such marks count as recent, and nobody else's entries.
 */
export class KeyCrowd {
  #batches: readonly Batch[] = []

  /** True if a batch more is more than there is room for. */
  get isFull(): boolean {
    return this.#batches.length >= MAX_BATCHES
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  /** Takes the hard marks out of a table of keys. */
  take(
    keys: Map<string, { hard: PositionedMark | undefined; soft: PositionedMark | undefined }>,
  ): void {
    const seqs = new Map<string, number>()
    let newestSeq = -1
    for (const [key, marks] of keys) {
      if (marks.hard === undefined) continue
      const { seq } = marks.hard.position
      seqs.set(key, seq)
      newestSeq = Math.max(newestSeq, seq)
      marks.hard = undefined
      if (marks.soft === undefined) keys.delete(key)
    }
    this.#batches = [...this.#batches, { newestSeq, seqs }]
  }

  /** The place of the newest mark of the key; -1 if there is none here. */
  seqOf(key: string): number {
    let newest = -1
    for (const { seqs } of this.#batches) newest = Math.max(newest, seqs.get(key) ?? -1)
    return newest
  }

  /** Marks up to this place needn't be known any more. */
  forget(seq: number): void {
    if (this.#batches.length === 0) return
    this.#batches = this.#batches.filter(({ newestSeq }) => newestSeq > seq)
  }

  clear(): void {
    this.#batches = []
  }
}
