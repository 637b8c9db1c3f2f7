import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIsoInstant } from '../../../src/core/value-objects/parse-iso-instant.ts'

const GRAMMAR = 'an ISO 8601 date-time such as 2026-03-29T02:00:00Z'
const OFFSET_MISSING =
  'an offset such as Z or +02:00 at its end, since a local time alone names two instants or none when clocks change'
const DAY = 'a day that exists'
const TIME = 'a time from 00:00:00 to 23:59:59'
const OFFSET = 'an offset from -23:59 to +23:59'

const pad = (value: number, length = 2) => String(value).padStart(length, '0')

function atMs(text: string): number {
  const read = parseIsoInstant(text)
  if (read.kind === 'instant') return read.atMs
  throw new Error(`${text} was refused: expected ${read.expected}`)
}

/** An instant as the clock on the wall of an offset shows it. */
function withOffset(instantMs: number, offsetMinutes: number): string {
  const wall = new Date(instantMs + offsetMinutes * 60_000).toISOString().slice(0, -1)
  const sign = offsetMinutes < 0 ? '-' : '+'
  const size = Math.abs(offsetMinutes)
  return `${wall}${sign}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}

/** An instant as the clock on the wall of a time zone shows it, with the offset in force there. */
function inZone(instantMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' })
  const part = format.formatToParts(instantMs).find(({ type }) => type === 'timeZoneName')
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(part?.value ?? '') ?? []
  const size = Number(hours ?? 0) * 60 + Number(minutes ?? 0)
  return withOffset(instantMs, sign === '-' ? -size : size)
}

const instantMs = fc
  .date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9998-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  .map((date) => date.getTime())
const offsetMinutes = fc.integer({ min: -1439, max: 1439 })

describe('parseIsoInstant()', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['1970-01-01T00:00:00.5Z', 500],
    ['1970-01-01T00:00:00.05Z', 50],
    ['1970-01-01T00:00:00.001999999Z', 1],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1969-12-31T18:30:00-05:30', 0],
    ['1970-01-01T00:00:00-00:00', 0],
    ['1970-01-02T23:59:00+23:59', 86_400_000],
    ['2000-02-29T00:00:00Z', 951_782_400_000],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ])('reads %s as %d', (text, ms) => {
    expect(atMs(text)).toBe(ms)
  })

  it('reads thousands of random instants as the platform does', () => {
    fc.assert(
      fc.property(instantMs, (ms) => {
        const text = new Date(ms).toISOString()
        expect(atMs(text)).toBe(Date.parse(text))
        expect(atMs(text)).toBe(ms)
      }),
      { numRuns: 5000 },
    )
  })

  it('reads the same instant from the wall clock of any offset, as the platform does', () => {
    fc.assert(
      fc.property(instantMs, offsetMinutes, (ms, minutes) => {
        const text = withOffset(ms, minutes)
        expect(atMs(text)).toBe(ms)
        expect(Date.parse(text)).toBe(ms)
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'UTC',
  ])('reads the same instant from the wall clock of %s, summer and winter', (zone) => {
    const modern = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2060, 0) })
    fc.assert(
      fc.property(modern, (ms) => {
        expect(atMs(inZone(ms, zone))).toBe(ms)
      }),
      { numRuns: 200 },
    )
  })

  it('puts one second between the two sides of the hour that Berlin skips in spring', () => {
    expect(inZone(Date.UTC(2026, 2, 29, 0, 59, 59), 'Europe/Berlin')).toBe(
      '2026-03-29T01:59:59.000+01:00',
    )
    expect(atMs('2026-03-29T03:00:00+02:00') - atMs('2026-03-29T01:59:59+01:00')).toBe(1000)
  })

  it('puts one second between the two sides of the hour that Berlin repeats in autumn', () => {
    expect(atMs('2026-10-25T02:00:00+01:00') - atMs('2026-10-25T02:59:59+02:00')).toBe(1000)
    expect(atMs('2026-10-25T02:30:00+01:00') - atMs('2026-10-25T02:30:00+02:00')).toBe(3_600_000)
  })

  it.each([
    ['', GRAMMAR],
    ['2026-03-29', GRAMMAR],
    ['2026-03-29Z', GRAMMAR],
    ['2026-03-29 02:00:00Z', GRAMMAR],
    ['2026-03-29t02:00:00z', GRAMMAR],
    ['2026-3-29T02:00:00Z', GRAMMAR],
    ['26-03-29T02:00:00Z', GRAMMAR],
    ['+002026-03-29T02:00:00Z', GRAMMAR],
    ['20260329T020000Z', GRAMMAR],
    ['2026-W13-7T02:00:00Z', GRAMMAR],
    ['2026-088T02:00:00Z', GRAMMAR],
    ['2026-03-29T02Z', GRAMMAR],
    ['2026-03-29T02:00:00.Z', GRAMMAR],
    ['2026-03-29T02:00:00,5Z', GRAMMAR],
    ['2026-03-29T02:00:00.1234567890Z', GRAMMAR],
    ['2026-03-29T02:00.5Z', GRAMMAR],
    ['2026-03-29T02:00:00+0200', GRAMMAR],
    ['2026-03-29T02:00:00+02', GRAMMAR],
    ['2026-03-29T02:00:00+02:00[Europe/Berlin]', GRAMMAR],
    ['2026-03-29T02:00:00 +02:00', GRAMMAR],
    ['2026-03-29T02:00:00GMT', GRAMMAR],
    ['2026-03-29T02:00:00Z ', GRAMMAR],
    ['2026-03-29T02:00:00Z\n', GRAMMAR],
    [`2026-03-29T02:00:00.${'0'.repeat(100_000)}Z`, GRAMMAR],
    ['2026-03-29T02:00:00', OFFSET_MISSING],
    ['2026-03-29T02:00', OFFSET_MISSING],
    ['2026-02-29T00:00:00Z', DAY],
    ['2026-02-30T00:00:00Z', DAY],
    ['2028-02-30T00:00:00Z', DAY],
    ['1900-02-29T00:00:00Z', DAY],
    ['2100-02-29T00:00:00Z', DAY],
    ['2026-04-31T00:00:00Z', DAY],
    ['2026-01-32T00:00:00Z', DAY],
    ['2026-01-00T00:00:00Z', DAY],
    ['2026-00-10T00:00:00Z', DAY],
    ['2026-13-10T00:00:00Z', DAY],
    ['2026-03-29T24:00:00Z', TIME],
    ['2026-03-29T25:00:00Z', TIME],
    ['2026-03-29T02:60:00Z', TIME],
    ['2026-12-31T23:59:60Z', TIME],
    ['2026-03-29T02:00:00+24:00', OFFSET],
    ['2026-03-29T02:00:00-01:60', OFFSET],
  ])('refuses %j: expected %s', (text, expected) => {
    expect(parseIsoInstant(text)).toEqual({ kind: 'fault', expected })
  })

  it('accepts exactly the days that the calendar has', () => {
    const year = fc.oneof(
      fc.integer({ min: 0, max: 9999 }),
      fc.constantFrom(1900, 2000, 2024, 2026, 2100, 2400),
    )
    const month = fc.integer({ min: 0, max: 13 })
    const day = fc.oneof(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 28, max: 31 }))
    fc.assert(
      fc.property(year, month, day, (y, m, d) => {
        const date = new Date(0)
        date.setUTCFullYear(y, m - 1, d)
        const exists = date.getUTCMonth() === m - 1 && date.getUTCDate() === d
        const read = parseIsoInstant(`${pad(y, 4)}-${pad(m)}-${pad(d)}T00:00:00Z`)
        expect(read).toEqual(
          exists
            ? { kind: 'instant', atMs: date.getTime() }
            : { kind: 'fault', expected: 'a day that exists' },
        )
      }),
      { numRuns: 5000 },
    )
  })
})
