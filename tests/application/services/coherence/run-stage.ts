import type { RemoteVerdict } from '../../../../src/application/services/coherence/judge-remote-entry.ts'
import {
  type SharedDecision,
  SharedRun,
} from '../../../../src/application/services/coherence/shared-run.ts'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import type { SharedStore } from '../../../../src/core/protocols/shared-store.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { SharedLink } from '../../../fakes/shared-link.ts'
import { SharedServers } from '../../../fakes/shared-servers.ts'

const KEY = 'key' as CacheKey
/** Its name on the server. */
export const NAME = 'fixtures/key'
export const LEASE_MS = 2000
export const ENTRY: CacheEntry = entryFixture()

/** A load of its own token, and what it has decided by now. */
export interface StagedRun {
  readonly run: SharedRun
  readonly decided: SharedDecision[]
  begin(how: 'shared' | 'reload' | 'alone'): Promise<void>
}

/** What the node of the loads says. */
interface RunPolicy {
  verdict: () => RemoteVerdict
  isWanted: (entry: CacheEntry) => boolean
  mayStore: () => boolean
  catchUp: () => Promise<void>
}

/** Loads of one key over one server. */
export interface RunStage {
  readonly time: FakeClock
  readonly servers: SharedServers
  readonly link: SharedLink
  /** What the store and the log were asked. */
  readonly calls: string[]
  readonly policy: RunPolicy
  run(): StagedRun
}

export function runStage(): RunStage {
  const time = createFakeClock()
  const { clock, scheduler } = time
  const servers = new SharedServers(() => clock.monotonicMs())
  servers.found([])
  const link = new SharedLink(servers)
  const calls: string[] = []
  const store = counted(link.open('fixtures'), calls)
  const policy: RunPolicy = {
    verdict: () => 'valid',
    isWanted: () => true,
    mayStore: () => true,
    catchUp: async () => void calls.push('catch up'),
  }
  let runs = 0
  return {
    time,
    servers,
    link,
    calls,
    policy,
    run() {
      runs += 1
      const run = new SharedRun(
        {
          store,
          clock,
          scheduler,
          judge: () => policy.verdict(),
          mayStore: () => policy.mayStore(),
          catchUp: () => policy.catchUp(),
          isWanted: (entry) => policy.isWanted(entry),
          onHeld: () => void calls.push('held'),
        },
        KEY,
        `token-${runs}`,
      )
      const decided: SharedDecision[] = []
      const begin = async (how: 'shared' | 'reload' | 'alone'): Promise<void> => {
        void run.begin(how).then((decision) => decided.push(decision))
        await time.advance(0)
      }
      return { run, decided, begin }
    },
  }
}

/** The store, which notes what it is asked. */
function counted(store: SharedStore, calls: string[]): SharedStore {
  return {
    ...store,
    getMany: (keys) => {
      calls.push('get')
      return store.getMany(keys)
    },
    lease: (key, terms, rejected) => {
      calls.push(
        typeof rejected === 'string' ? `lease ${rejected}` : `lease but ${rejected.birth.seq}`,
      )
      return store.lease(key, terms, rejected)
    },
    renew: (key, terms) => {
      calls.push('renew')
      store.renew(key, terms)
    },
    release: (key, token) => {
      calls.push('release')
      store.release(key, token)
    },
  }
}
