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
    expect(sharingHealth(node, undefined, 1000)).toEqual({
      isConnected: true,
      isCoherent: true,
      coherentForMs: 500,
      pendingMarks: 3,
      position: { generation: 'g', seq: 7 },
      isSweeping: false,
      lastSweep: undefined,
    })
  })

  it('says zero of a node that is not coherent, whatever its lease', () => {
    expect(sharingHealth({ ...node, isCoherent: false }, undefined, 1000).coherentForMs).toBe(0)
  })

  it('says what the sweeper does, and did', () => {
    const last = { examined: 3, removed: 2, retired: 1, durationMs: 4 }
    expect(sharingHealth(node, { isRunning: true, last }, 1000)).toMatchObject({
      isSweeping: true,
      lastSweep: last,
    })
  })
})
