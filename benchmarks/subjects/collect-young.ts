/**
 * Moves what was made lately to where old things lie, as it would be after a while, so that the
 * measurement that follows doesn't begin with it. Two collections: the first one only marks it as old enough.
 */
export function collectYoung(): void {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('Cannot measure: node was started without --expose-gc')
  collect({ type: 'minor' })
  collect({ type: 'minor' })
}
