import { afterEach, describe, expect, it } from 'vitest'
import { openNamespace } from '../../src/application/services/namespace-ports.ts'
import { TimeInvalidator } from '../../src/infrastructure/invalidators/time-invalidator.ts'
import { sweepService } from '../../src/module/sweep-service.ts'
import { entryFixture } from '../../src/testing/entry-fixture.ts'
import type { FakeClock } from '../../src/testing/fake-clock.ts'
import { namespaceStage } from '../fakes/namespace-stage.ts'
import { sharedStage } from '../fakes/shared-stage.ts'

const shared = sharedStage()
afterEach(() => shared.close())

function serviceOn(time: FakeClock) {
  const { scheduler, clock } = time
  return sweepService(new TimeInvalidator({ scheduler, clock }), undefined)
}

/** A round that notes what became of it. */
function round() {
  const said: string[] = []
  return {
    said,
    onStart: () => void said.push('start'),
    onDone: () => void said.push('done'),
  }
}

describe('sweepService', () => {
  it('gives the memory of a namespace its slices, and its rounds', async () => {
    const { cachePorts, settings, time } = namespaceStage('memory')
    const ports = openNamespace(cachePorts, settings)
    const service = serviceOn(time)
    service.opened(ports)
    const expiresAtMs = time.nowMs + 100
    ports.memory?.set(entryFixture({ namespace: 'ns', expiresAtMs }))
    const asked = round()
    service.request(ports, asked)
    await time.advance(0)
    expect(asked.said).toEqual(['start', 'done'])
    expect(ports.memory?.usage().entries).toBe(1)
    await time.advance(2000)
    expect(ports.memory?.usage().entries).toBe(0)
    service.close()
  })

  it('sweeps a backend page by page, on request and by itself', async () => {
    const { cachePorts, settings, time, backend } = namespaceStage('backend')
    const ports = openNamespace(cachePorts, settings)
    const service = serviceOn(time)
    service.opened(ports)
    const expiresAtMs = time.nowMs + 100
    await ports.remote?.set(entryFixture({ namespace: 'ns', expiresAtMs }))
    await time.advance(100)
    const asked = round()
    service.request(ports, asked)
    await time.advance(0)
    expect(asked.said).toEqual(['start', 'done'])
    expect(backend.entries('ns').size).toBe(0)
    await ports.remote?.set(entryFixture({ namespace: 'ns', expiresAtMs: time.nowMs + 100 }))
    await time.advance(59_000)
    expect(backend.entries('ns').size).toBe(1)
    await time.advance(1000)
    expect(backend.entries('ns').size).toBe(0)
    service.close()
  })

  it('sweeps the memory before the shared servers, not the servers', async () => {
    const { time, servers } = shared
    const { cache } = shared.node()
    await time.advance(0)
    const users = cache.namespace('users')
    await users.set('short', 1, { ttl: 100, jitter: 0 })
    await users.set('long', 1, { ttl: '1h' })
    expect((await users.stats()).entries).toBe(2)
    await time.advance(5000)
    expect((await users.stats()).entries).toBe(1)
    expect(servers.entries.has('users/short')).toBe(true)
  })

  it('does nothing more once it is closed', async () => {
    const memory = namespaceStage('memory')
    const backend = namespaceStage('backend')
    for (const { cachePorts, settings, time } of [memory, backend]) {
      const ports = openNamespace(cachePorts, settings)
      const service = serviceOn(time)
      service.opened(ports)
      const asked = round()
      service.request(ports, asked)
      service.close()
      await time.advance(120_000)
      expect(asked.said).not.toContain('done')
    }
  })
})
