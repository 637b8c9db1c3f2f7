/**
 * Carries a value along a chain of asynchronous calls, so that a load knows which load asked for it.
 * That is how a factory that waits for its own key is found out.
 */
export interface LoadContext<T> {
  /** Runs `task`; whatever it calls, now or after awaits, sees `value`. */
  run<R>(value: T, task: () => R): R
  /** The innermost value, or `undefined` outside. */
  current(): T | undefined
}
