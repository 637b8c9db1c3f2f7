/** What `pause-main.ts` measured, in milliseconds; of the load, unless it says otherwise. */
export interface PauseFigures {
  /** The longest time from one turn of the event loop to the next, as the program itself saw it. */
  readonly longestTurnMs: number
  /** The same as `monitorEventLoopDelay` saw it. */
  readonly longestDelayMs: number
  readonly longestMajorGcMs: number
  readonly majorGcs: number
  readonly longestMinorGcMs: number
  /** A full collection that was asked for at the end. */
  readonly forcedGcMs: number
  /** The longest single set while the cache filled, without the collections in it. */
  readonly longestSetMs: number
  readonly longestSetWithGcMs: number
  readonly operations: number
  readonly hits: number
}

/** What is held: a cache of packages as `SubjectName` calls it, or nothing, which shows the pauses of the machine itself. */
export const NOTHING = 'nothing'
