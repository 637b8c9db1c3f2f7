/**
 * What the bits of `META`, `FORM` and `ACCESS` mean to the record; see `SlotRecords`.
 *
 * A file without imports, and of nothing but constants: only then does the bundler write their values
 * where they are used. Read from the module each time they cost a third of a hit (November 2026).
 */

/** The rank of `critical`, by `priorityRank`. */
export const CRITICAL_RANK = 3

/** `META`: its uses are told to the policy or the estimates, which sample its key. */
export const WATCHED: number = 1 << 6
/** `META`: its unit alone doesn't tell whether a read may answer it: it slides, was softened, or is exact. */
export const ATTENTION: number = 1 << 7
export const HINT_SHIFT = 12
export const HINT_BITS = 20
/** `META`: the lower bits of the unit before which it is surely fresh. */
export const HINT_MASK: number = -1 << HINT_SHIFT
/** What of `META` belongs to the record; the rest is the policy's and the storage's. */
export const RECORD_MASK: number = 3 | ATTENTION | HINT_MASK

/** Bits of a profile's number. */
export const PROFILE_BITS = 13

/** `FORM`: milliseconds within the unit. */
export const PROFILE_SHIFT = 12
export const UNIT_MS: number = 1 << PROFILE_SHIFT
export const REMAINDER_MASK: number = UNIT_MS - 1
export const PROFILE_MASK: number = ((1 << PROFILE_BITS) - 1) << PROFILE_SHIFT
/** `FORM`: which of two orders the slot is in while the policy changes; not the record's. */
export const OTHER_ORDER: number = 1 << 25
export const NEVER: number = 1 << 26
/** `FORM`: a soft mark has reached it. */
export const SOFT: number = 1 << 27
/** `FORM`: the higher bits of the unit. */
export const HIGHER_SHIFT = 28
export const FORM_MASK: number = REMAINDER_MASK | PROFILE_MASK | NEVER | (-1 << HIGHER_SHIFT)
/** Units that the two fields can say: two years of them. */
export const MAX_UNITS: number = 1 << (HINT_BITS + 32 - HIGHER_SHIFT)
/** So far ahead is the unit of what ends later, or never: there it is looked at, and moved on. */
export const FAR_UNITS: number = 1 << (HINT_BITS - 2)

/** The unit of the timing wheel, in milliseconds: 31 bits of them are four years. */
export const TICK_MS = 64
/** The tick of what never ends. */
export const NEVER_TICK = 0x7fff_ffff

export const COUNT_BITS = 12
/** Where an entry's reads stop being counted. */
export const MAX_ACCESS_COUNT: number = (1 << COUNT_BITS) - 1
