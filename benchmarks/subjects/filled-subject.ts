import type { Subject } from './subject.ts'

/** A subject that is full, and how far the measurements have got in it. */
export interface FilledSubject {
  readonly name: string
  readonly subject: Subject
  readonly entries: number
  /** In the order in which they are read, over and over; empty if they aren't kept. */
  readonly keys: readonly string[]
  /** The numbers in the keys, in the same order. */
  readonly ids: readonly number[]
  nextRead: number
  /** The number of the next key that was never stored. */
  nextId: number
}
