import type { LogAnswer, LogHorizon, LogRecord } from '../../../core/protocols/shared-log.ts'

/** An own mark beyond the horizon, and the newest read that had been sent when the log acknowledged it. */
export interface AcknowledgedMark {
  readonly seq: number
  readonly id: string
  readonly ticket: number
}

/**
 * What follows the horizon in a page that was read from it, inclusively: the record at the horizon has to
 * come first, and each next one has to be the next. `gap`: records are missing. `rollback`: the log isn't
 * the one that was read before: it ends before the horizon, or another record stands there.
 */
export function recordsAfter(
  { position, id }: LogHorizon,
  { records, tail }: LogAnswer,
): readonly LogRecord[] | 'gap' | 'rollback' {
  if (tail.seq < position.seq) return 'rollback'
  const [first] = records
  if (position.seq > 0 && first?.seq === position.seq && first.id !== id) return 'rollback'
  if (position.seq > 0 && first?.seq !== position.seq) return 'gap'
  const rest = position.seq > 0 ? records.slice(1) : records
  // They were taken out at the end: reading again wouldn't bring them.
  if (rest.length === 0 && tail.seq > position.seq) return 'gap'
  return rest.every((record, at) => record.seq === position.seq + 1 + at) ? rest : 'gap'
}

/** True if an own mark, acknowledged before this read was sent, isn't where it was. */
export function isOwnMarkMissing(
  own: readonly AcknowledgedMark[],
  { records, tail }: LogAnswer,
  ticket: number,
): boolean {
  const lastSeq = records.at(-1)?.seq ?? tail.seq
  return own.some((mark) => {
    if (mark.ticket >= ticket) return false
    if (mark.seq > tail.seq) return true
    return mark.seq <= lastSeq && !records.some(({ seq, id }) => seq === mark.seq && id === mark.id)
  })
}
