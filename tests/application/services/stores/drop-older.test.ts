import { describe, expect, it } from 'vitest'
import { DecisionRing } from '../../../../src/application/services/decision-ring.ts'
import { dropOlder, NO_LIFE } from '../../../../src/application/services/stores/drop-older.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'

const key = parseCacheKey('key')
const position = { generation: 'g', seq: 4 }

function dropped(stores: object) {
  const decisions = new DecisionRing()
  const ports = {
    memory: undefined,
    remote: undefined,
    decisions,
    clock: createFakeClock().clock,
    ...stores,
  }
  const end = dropOlder(ports as never, key, { position, why: NO_LIFE })
  return { end, decisions }
}

describe('dropOlder()', () => {
  it('removes the older value from memory at once, as replaced', () => {
    const calls: unknown[] = []
    const { end } = dropped({ memory: { delete: (...call: unknown[]) => calls.push(call) } })
    expect(end).toBeUndefined()
    expect(calls).toEqual([[key, { kind: 'replaced' }]])
  })

  it('removes it from a backend, older than the place in the log', async () => {
    const calls: unknown[] = []
    const remove = async (...call: unknown[]) => calls.push(call)
    await dropped({ remote: { delete: remove } }).end
    expect(calls).toEqual([[key, position]])
  })

  it('keeps for explain why nothing is there', () => {
    const { decisions } = dropped({})
    expect(decisions.find(key)?.cause).toEqual({
      kind: 'not-stored',
      why: 'its TTL is zero or it is undefined',
    })
  })
})
