import { beforeEach, describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type {
  InvalidationMark,
  InvalidationScope,
} from '../../src/core/entities/invalidation-mark.ts'
import type { SharedGraph } from '../../src/core/protocols/dependency-graph.ts'
import type { LogAnswer, PendingMark, SharedLog } from '../../src/core/protocols/shared-log.ts'
import type { AssertedEntry, SharedStore } from '../../src/core/protocols/shared-store.ts'
import { parseCacheKey } from '../../src/core/value-objects/cache-key.ts'
import {
  type DependencyName,
  parseCacheTag,
  parseDependencyName,
} from '../../src/core/value-objects/cache-tag.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import { entryFixture } from '../../src/testing/entry-fixture.ts'
import { markFixture } from '../fakes/mark-fixture.ts'
import { eventually } from '../servers/eventually.ts'

/** One node's way to the servers, listened to, and the store of the namespace `fixtures` there. */
export interface ContractNode {
  readonly log: SharedLog
  readonly store: SharedStore
  readonly graph: SharedGraph
  /** Places that the doorbell told of, as `generation-seq`. */
  readonly heard: readonly string[]
}

/** What the contract needs to be run. */
export interface ContractServers {
  /** Two nodes that share a cache. */
  nodes(): readonly [ContractNode, ContractNode]
  /** Makes the servers empty: no log, no value, no lease. */
  reset(): Promise<void>
}

const TERMS = { token: 'mine', leaseMs: 2000 }
const OTHER = { token: 'other', leaseMs: 2000 }
const A = parseCacheKey('a')
const B = parseCacheKey('b')
const tag: InvalidationScope = { kind: 'tag', tag: parseCacheTag('org:7') }
let ids = 0

function pendingOf(scope: InvalidationScope, mark: Partial<InvalidationMark> = {}): PendingMark {
  ids += 1
  const whole = markFixture(scope, { namespace: 'fixtures', ...mark })
  return { id: `id-${ids}`, mark: whole, isAwaited: false }
}

/** What holds of every `SharedLog` and its `SharedStore`s, whatever the servers are. */
export function sharedServersContract(name: string, servers: ContractServers): void {
  describe(`${name} as servers that nodes share`, () => {
    let one: ContractNode
    let two: ContractNode
    let generation: string
    const at = (seq: number): LogPosition => ({ generation, seq })

    beforeEach(async () => {
      ;[one, two] = servers.nodes()
      await servers.reset()
      await one.log.found({ expected: undefined, ancestors: ['before'] })
      generation = (await start(one)).generation ?? ''
    })

    const start = (node: ContractNode): Promise<LogAnswer> =>
      node.log.read({ horizon: undefined, vouches: true, limit: 100 })
    const readFrom = (node: ContractNode, seq: number, limit = 100): Promise<LogAnswer> =>
      node.log.read({ horizon: { position: at(seq), id: 'x' }, vouches: true, limit })
    const entry = (key: string, rest: Partial<CacheEntry> = {}): CacheEntry =>
      entryFixture({ birth: at(0), ...rest, key })
    const set = (key: string, since: LogPosition): AssertedEntry => ({
      entry: entry(key, { value: `new ${key}` }),
      pending: pendingOf({ kind: 'key', key: parseCacheKey(key) }, { act: 'set' }),
      since,
    })
    async function put(key: string): Promise<void> {
      await one.store.lease(parseCacheKey(key), TERMS, 'any')
      expect(await one.store.store(entry(key), TERMS.token)).toBe('stored')
    }
    async function kinds(): Promise<string[]> {
      return (await two.store.getMany([A, B])).map(({ kind }) => kind)
    }

    it('begins a log once, and says where it comes from', async () => {
      await two.log.found({ expected: undefined, ancestors: [] })
      expect(await start(two)).toMatchObject({
        generation,
        ancestors: ['before'],
        tail: { seq: 0, id: '' },
        records: [],
        scopes: [],
        floorSeq: 0,
        isKnownServer: true,
      })
    })

    it('begins anew at the wish of whoever knows what is there, and of nobody else', async () => {
      await one.log.append(pendingOf(tag))
      await two.log.found({ expected: 'another', ancestors: [] })
      expect((await start(one)).generation).toBe(generation)
      await two.log.found({ expected: generation, ancestors: [generation] })
      const anew = await start(one)
      expect(anew).toMatchObject({ ancestors: [generation], tail: { seq: 0 }, scopes: [] })
      expect(anew.generation).not.toBe(generation)
      expect((await readFrom(one, 1)).records).toEqual([])
    })

    it('refuses marks as long as there is no log', async () => {
      await servers.reset()
      await expect(one.log.append(pendingOf(tag))).rejects.toThrow(Error)
      expect((await start(one)).generation).toBeUndefined()
    })

    it('holds marks in their order, read from one, itself included, so many at a time', async () => {
      const marks = [pendingOf({ kind: 'key', key: A }), { ...pendingOf(tag), isAwaited: true }]
      for (const [index, pending] of marks.entries()) {
        expect(await one.log.append(pending)).toEqual(at(index + 1))
      }
      const records = marks.map((pending, index) => ({ seq: index + 1, ...pending }))
      expect((await readFrom(two, 1)).records).toEqual(records)
      expect((await readFrom(two, 2)).records).toEqual(records.slice(1))
      expect((await readFrom(two, 0, 1)).records).toEqual(records.slice(0, 1))
      expect((await readFrom(two, 1)).tail).toEqual({ seq: 2, id: records[1]?.id })
    })

    it('tells a node that starts of the newest mark of each scope but hard ones of keys', async () => {
      const soft = pendingOf({ kind: 'key', key: A }, { soft: true })
      const newest = pendingOf(tag)
      for (const one_ of [pendingOf(tag), soft, newest]) await one.log.append(one_)
      const { scopes } = await start(two)
      const hard = scopes.filter(({ mark }) => mark.scope.kind === 'tag')
      expect(hard).toEqual([{ position: at(3), mark: newest.mark }])
      expect(scopes).toContainEqual({ position: at(2), mark: soft.mark })
    })

    it('widens the mark of a dependency by what any node has said, in circles too, and until it is taken back', async () => {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => parseDependencyName(name)) as [
        DependencyName,
        DependencyName,
        DependencyName,
      ]
      const marked = async () => {
        const pending = pendingOf({ kind: 'dependency', dependency: a, closure: [a] })
        const { scope } = await two.log.append(pending)
        const { records } = await readFrom(one, 1)
        expect(records.at(-1)?.mark?.scope).toEqual(scope)
        const { scopes } = await start(one)
        const names = scopes.flatMap(({ mark }) =>
          mark.scope.kind === 'dependency' ? mark.scope.closure : [],
        )
        expect(
          scope?.kind === 'dependency' && scope.closure.every((one_) => names.includes(one_)),
        ).toBe(true)
        return scope?.kind === 'dependency' ? scope.closure.toSorted() : []
      }
      expect(await marked()).toEqual([a])
      await one.graph.change([
        { dependent: b, dependsOn: a, isThere: true },
        { dependent: c, dependsOn: b, isThere: true },
        { dependent: a, dependsOn: c, isThere: true },
        { dependent: c, dependsOn: b, isThere: true },
      ])
      expect(await marked()).toEqual([a, b, c])
      await two.graph.change([{ dependent: c, dependsOn: b, isThere: false }])
      expect(await marked()).toEqual([a, b])
      await two.graph.change([{ dependent: b, dependsOn: undefined, isThere: false }])
      expect(await marked()).toEqual([a])
      await two.graph.change([{ dependent: a, dependsOn: c, isThere: false }])
    })

    it('rings at every node', async () => {
      await one.log.append(pendingOf(tag))
      await eventually('hear it', () =>
        [one, two].every(({ heard }) => heard.includes(`${generation}-1`)),
      )
    })

    it('shows a node what another has stored, and whose key a mark has not reached', async () => {
      await put('a')
      await put('b')
      const [finding] = await two.store.getMany([A])
      expect(finding).toMatchObject({
        kind: 'found',
        entry: entry('a'),
        origin: { node: 'primary' },
      })
      await two.log.append(pendingOf({ kind: 'key', key: A }))
      await two.log.append(pendingOf({ kind: 'key', key: B }, { soft: true }))
      expect(await kinds()).toEqual(['absent', 'found'])
    })

    it('gives the lease to one at a time, and a value to whoever asks for the lease', async () => {
      expect(await one.store.lease(A, TERMS, 'none')).toEqual({ kind: 'leased' })
      expect(await two.store.lease(A, OTHER, 'none')).toMatchObject({ kind: 'held' })
      expect(await two.store.store(entry('a'), OTHER.token)).toBe('refused')
      expect(await one.store.store(entry('a'), TERMS.token)).toBe('stored')
      expect(await two.store.lease(A, OTHER, 'none')).toMatchObject({ kind: 'found' })
      expect(await one.store.store(entry('a'), TERMS.token)).toBe('refused')
    })

    it('lets the lease go when its holder does, and no other', async () => {
      await one.store.lease(A, TERMS, 'none')
      two.store.release(A, OTHER.token)
      expect(await two.store.lease(A, OTHER, 'none')).toMatchObject({ kind: 'held' })
      one.store.release(A, TERMS.token)
      await eventually('get it', async () => {
        return (await two.store.lease(A, OTHER, 'none')).kind === 'leased'
      })
    })

    it('gives the lease of a value that is rejected, and of no other', async () => {
      await put('a')
      const later = entry('a', { createdAtMs: entry('a').createdAtMs + 1 })
      const elsewhere = entry('a', { birth: at(1) })
      for (const other of [later, elsewhere]) {
        expect(await two.store.lease(A, OTHER, other)).toMatchObject({ kind: 'found' })
      }
      expect(await two.store.lease(A, OTHER, entry('a'))).toEqual({ kind: 'leased' })
      expect(await one.store.lease(A, TERMS, 'any')).toMatchObject({ kind: 'held' })
    })

    it('takes the lease from a load that a mark of its key has reached', async () => {
      for (const soft of [false, true]) {
        await one.store.lease(A, TERMS, 'any')
        await two.log.append(pendingOf({ kind: 'key', key: A }, { soft }))
        expect(await one.store.store(entry('a'), TERMS.token)).toBe('refused')
      }
    })

    it('stores what is the newest with its mark, and ends the load of its key', async () => {
      await one.store.lease(A, TERMS, 'none')
      expect(await two.store.assertMany([set('a', at(0)), set('b', at(0))])).toEqual([
        { kind: 'marked', position: at(1), isStored: true },
        { kind: 'marked', position: at(2), isStored: true },
      ])
      expect(await one.store.store(entry('a'), TERMS.token)).toBe('refused')
      const [finding] = await one.store.getMany([A])
      expect(finding).toMatchObject({ entry: { value: 'new a', birth: at(1) } })
    })

    it('marks and does not store what may have been overtaken', async () => {
      await one.log.append(pendingOf({ kind: 'key', key: A }))
      const late = [set('a', at(0)), set('b', at(0))]
      const outcomes = await two.store.assertMany(late)
      expect(outcomes.map((outcome) => outcome.kind === 'marked' && outcome.isStored)).toEqual([
        ...[false, true],
      ])
      await one.log.append(pendingOf({ kind: 'namespace' }))
      expect(await two.store.assertMany([set('b', at(3))])).toMatchObject([{ isStored: false }])
      const elsewhere = { generation: 'before', seq: 9 }
      expect(await two.store.assertMany([set('b', elsewhere)])).toMatchObject([{ isStored: false }])
      expect(await kinds()).toEqual(['absent', 'absent'])
    })

    it('prolongs the life of a value, removes it, and lists what is left', async () => {
      await put('a')
      await put('b')
      const longer = entry('a', { expiresAtMs: 9_000_000_000_000, staleUntilMs: 9_000_000_000_000 })
      two.store.prolong(longer)
      await eventually('find it prolonged', async () => {
        const [finding] = await one.store.getMany([A])
        return finding?.kind === 'found' && finding.entry.expiresAtMs === longer.expiresAtMs
      })
      expect((await two.store.list(10, undefined)).entries).toHaveLength(2)
      expect(await two.store.discard([B])).toBe(true)
      const { entries, cursor } = await one.store.list(10, undefined)
      expect(entries).toEqual([longer])
      expect(cursor).toBeUndefined()
      expect((await one.store.usage()).entries).toBeGreaterThan(0)
    })
  })
}
