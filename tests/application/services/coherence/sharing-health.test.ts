import { describe, expect, it } from 'vitest'
import { sharingHealth } from '../../../../src/application/services/coherence/sharing-health.ts'

const node = {
  isConnected: true,
  isCoherent: true,
  coherentUntilMs: 1500,
  pendingMarks: 3,
  horizon: { generation: 'g', seq: 7 },
}

describe('sharingHealth()', () => {
  it('says for how much longer the node is coherent, and up to where it has heard', () => {
    expect(sharingHealth(node, 1000)).toEqual({
      isConnected: true,
      isCoherent: true,
      coherentForMs: 500,
      pendingMarks: 3,
      position: { generation: 'g', seq: 7 },
    })
  })

  it('says zero of a node that is not coherent, whatever its lease', () => {
    expect(sharingHealth({ ...node, isCoherent: false }, 1000).coherentForMs).toBe(0)
  })
})
