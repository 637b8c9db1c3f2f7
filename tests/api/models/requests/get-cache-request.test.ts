import { describe, expect, it } from 'vitest'
import {
  ENVELOPE_TYPE,
  wantsEnvelope,
} from '../../../../src/api/models/requests/get-cache-request.ts'

describe('wantsEnvelope()', () => {
  it.each([
    ENVELOPE_TYPE,
    `text/plain, ${ENVELOPE_TYPE}`,
    `${ENVELOPE_TYPE};q=0.5, */*`,
    `${ENVELOPE_TYPE} ; q=0.001`,
    ` ${ENVELOPE_TYPE} `,
  ])('is true for Accept: %s', (accept) => expect(wantsEnvelope(accept)).toBe(true))

  it.each([
    undefined,
    '*/*',
    'application/*',
    'application/json',
    `${ENVELOPE_TYPE};q=0`,
    `${ENVELOPE_TYPE};q=0.000`,
    `${ENVELOPE_TYPE}x`,
    `x${ENVELOPE_TYPE}`,
  ])('is false for Accept: %s', (accept) => expect(wantsEnvelope(accept)).toBe(false))
})
