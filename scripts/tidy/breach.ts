/** One broken rule. `at` is a path from the root, with `:line` where a line is to blame. */
export interface Breach {
  readonly at: string
  readonly what: string
}
