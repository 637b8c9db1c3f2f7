import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { LogAnswer, LogRecord } from '../../../core/protocols/shared-log.ts'
import type { LogReading, PlacedRecord } from '../redis-scripts/read-log-call.ts'

/**
 * What a reading of the log says to a node. What nobody here can read may reach anything: as a record it is one
 * without a mark, in the table and among recent marks it raises the floor.
 */
export function logAnswer(reading: LogReading): LogAnswer {
  const { generation, ancestors, tail, isKnownServer, absentNodes } = reading
  return {
    generation,
    ancestors,
    tail,
    records: reading.records.map(recordOf),
    scopes: scopesOf(reading),
    floorSeq: floorOf(reading),
    isKnownServer,
    absentNodes,
  }
}

/** Why the floor had to be raised: who goes on without a mark that can't be read says so. */
export function floorFaults({ scopes, recent }: LogReading): readonly string[] {
  return [...scopes, ...recent].flatMap((one) => ('fault' in one ? [one.fault] : []))
}

function recordOf(placed: PlacedRecord): LogRecord {
  if ('mark' in placed) return placed
  const nothing = { mark: undefined, isAwaited: false } as const
  return 'retires' in placed ? { ...placed, ...nothing } : { id: '', seq: placed.seq, ...nothing }
}

function scopesOf({ generation = '', scopes, recent }: LogReading): readonly PositionedMark[] {
  const marks = [...scopes, ...recent.filter(isOfKey)]
  return marks.flatMap((one) => {
    return 'mark' in one ? [{ position: { generation, seq: one.seq }, mark: one.mark }] : []
  })
}

/** The table has all others. */
function isOfKey(placed: PlacedRecord): boolean {
  return 'mark' in placed && placed.mark.scope.kind === 'key'
}

function floorOf({ tail, floorSeq, scopes, recent, areRecentWhole }: LogReading): number {
  const unreadable = recent.flatMap((one) => ('fault' in one ? [one.seq] : []))
  const hasFaults = scopes.some((one) => 'fault' in one)
  // Of what came before the first recent record, nobody knows what it reached.
  const missing = areRecentWhole ? 0 : (recent[0]?.seq ?? tail.seq + 1) - 1
  return Math.max(floorSeq, missing, hasFaults ? tail.seq : 0, ...unreadable)
}
