import { describe, expect, it } from 'vitest'
import { cacheHealthResponse } from '../../../../src/api/models/responses/cache-health-response.ts'

const health = { namespaces: 2, degraded: 3, activeLoads: 1, sharing: undefined }
const pass = { ...health, status: 'pass' as const }
const warn = { ...health, status: 'warn' as const }
const fail = { ...health, status: 'fail' as const }

describe('cacheHealthResponse()', () => {
  it.each([
    ['ready', [], 'pass'],
    ['ready', [pass, pass], 'pass'],
    ['ready', [pass, warn], 'warn'],
    ['ready', [warn, fail, pass], 'fail'],
    ['starting', [pass], 'fail'],
    ['draining', [pass], 'fail'],
  ] as const)('of a %s service with caches %j is %s', (readiness, caches, status) => {
    const byTenant = new Map(caches.map((cache, index) => [`t${index}`, cache]))
    expect(cacheHealthResponse(readiness, byTenant).status).toBe(status)
  })

  it('says what each part is', () => {
    expect(cacheHealthResponse('ready', new Map([['one', warn]])).checks).toEqual({
      service: { status: 'pass', detail: 'ready' },
      'cache:one': {
        status: 'warn',
        detail: 'caches: 2, loads running: 1, faults since the start: 3',
      },
    })
  })

  it('says how a cache stands to the others that it shares with', () => {
    const sharing = {
      isConnected: false,
      isCoherent: true,
      coherentForMs: 700.4,
      pendingMarks: 2,
      position: undefined,
      isSweeping: false,
      lastSweep: undefined,
    }
    const response = cacheHealthResponse('ready', new Map([['one', { ...warn, sharing }]]))
    expect(response.checks['cache:one']?.detail).toBe(
      'caches: 2, loads running: 1, faults since the start: 3, invalidation log: not connected, coherent for: 700 ms, invalidations that wait for the log: 2',
    )
  })
})
