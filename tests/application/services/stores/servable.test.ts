import { describe, expect, it } from 'vitest'
import { servable } from '../../../../src/application/services/stores/servable.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'

const entry = entryFixture({
  namespace: 'ns',
  expiresAtMs: FAKE_START_MS + 10,
  staleUntilMs: FAKE_START_MS + 20,
})

function judging(kind: 'valid' | 'soft' | 'invalid' = 'valid') {
  const time = createFakeClock()
  const position = { generation: 'g', seq: 1 }
  const marks = { check: () => ({ kind, mark: undefined, position }) }
  return { time, ports: { name: 'ns', marks, clock: time.clock } }
}

describe('servable()', () => {
  it('lets a valid entry pass as it is, fresh or stale, and a dead one not', async () => {
    const { ports, time } = judging()
    expect(servable(ports, entry)).toBe(entry)
    await time.advance(19)
    expect(servable(ports, entry)).toBe(entry)
    await time.advance(1)
    expect(servable(ports, entry)).toBeUndefined()
  })

  it('lets a softly invalidated entry pass as such, while its stale window lasts', async () => {
    const { ports, time } = judging('soft')
    expect(servable(ports, entry)).toEqual({ ...entry, isSoftInvalidated: true })
    await time.advance(20)
    expect(servable(ports, entry)).toBeUndefined()
  })

  it('lets no invalid entry pass, nor one of another namespace', () => {
    expect(servable(judging('invalid').ports, entry)).toBeUndefined()
    expect(servable(judging().ports, { ...entry, namespace: 'other' })).toBeUndefined()
  })
})
