/**
 * What users test their own parts with: `platform-cache/testing`.
 */
export { cacheRepositoryContract } from './testing/cache-repository-contract.ts'
export type { ContractCase } from './testing/contract-case.ts'
export type { CreateRepository } from './testing/contract-stage.ts'
export { type EntryOverrides, entryFixture } from './testing/entry-fixture.ts'
export { createFakeClock, FAKE_START_MS, type FakeClock } from './testing/fake-clock.ts'
