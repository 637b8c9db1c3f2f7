/** The rank of `critical`, by `priorityRank`. */
export const CRITICAL_RANK = 3
