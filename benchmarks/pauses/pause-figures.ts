/** What `pause-main.ts` measured, in milliseconds; of the load, unless it says otherwise. */
export interface PauseFigures {
  /** The longest time from one turn of the event loop to the next, as the program itself saw it. */
  readonly longestTurnMs: number
  /** The same, but of each turn no more than the processor time of the process in it: what the cache is to blame for on a busy machine. */
  readonly longestBusyMs: number
  /** The same as `monitorEventLoopDelay` saw it. */
  readonly longestDelayMs: number
  readonly longestMajorGcMs: number
  readonly majorGcs: number
  readonly longestMinorGcMs: number
  /** A full collection that was asked for at the end; the median of several. */
  readonly forcedGcMs: number
  /** The longest single set while the cache filled, without the collections in it, and without what other programs took of the processor. */
  readonly longestSetMs: number
  readonly operations: number
  readonly hits: number
}

/** What is held: a cache of packages as `SubjectName` calls it, or nothing, which shows the pauses of the machine itself. */
export const NOTHING = 'nothing'
