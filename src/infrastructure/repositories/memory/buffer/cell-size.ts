/** The smallest cell, in bytes; a bit per cell is little beside it. */
export const MIN_CELL_BYTES = 16
/** A record longer than this has a piece of memory of its own, of exactly its length. */
export const MAX_CELL_BYTES: number = 64 << 10

/** Cells up to this size come in steps of four bytes. */
const FINE_BYTES = 2048
const FINE_MASK = 3
/** Above, the steps are a 128th of the power of two below the size. */
const STEPS_SHIFT = 7

/**
 * The size of the cell that a record of so many bytes lies in: at most three bytes more up to 2 KiB, at
 * most a 128th more up to 64 KiB, and not a byte more above.
 */
export function cellSize(bytes: number): number {
  if (bytes <= MIN_CELL_BYTES) return MIN_CELL_BYTES
  if (bytes <= FINE_BYTES) return (bytes + FINE_MASK) & ~FINE_MASK
  if (bytes > MAX_CELL_BYTES) return bytes
  const stepMask = (1 << (31 - STEPS_SHIFT - Math.clz32(bytes - 1))) - 1
  return (bytes + stepMask) & ~stepMask
}
