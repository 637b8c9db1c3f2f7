import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { ForgottenMarks } from './recent-marks.ts'

/** What a namespace does when the node's place in the log changes. */
export interface CoherenceTarget {
  /** Nothing that is held or under way can be trusted any more. */
  forget(): void
  /** These marks count from here on, and no others; whatever was born before `floor` is invalid. */
  start(marks: readonly PositionedMark[], floor: LogPosition): void
  expire(forgotten: ForgottenMarks): void
}
