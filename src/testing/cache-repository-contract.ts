import type { ContractCase } from './contract-case.ts'
import type { CreateRepository } from './contract-stage.ts'
import { entryStoreCases } from './entry-store-cases.ts'
import { listingCases } from './listing-cases.ts'
import { memoryLifeCases } from './memory-life-cases.ts'
import { memorySpaceCases } from './memory-space-cases.ts'
import { namespaceCases } from './namespace-cases.ts'

/**
 * Everything that the protocol `CacheRepository` promises, as cases for any test runner:
 *
 * ```ts
 * for (const { name, run } of cacheRepositoryContract(() => new MyRepository())) test(name, run)
 * ```
 *
 * Cases that begin with `memory store:` are about stores that answer at once (`isSynchronous`); others
 * pass them unasked.
 *
 * @param create makes an empty repository for each case, with room for 2000 entries and 8 MiB; the case
 *   closes it
 */
export function cacheRepositoryContract(create: CreateRepository): readonly ContractCase[] {
  return [
    ...entryStoreCases(create),
    ...namespaceCases(create),
    ...listingCases(create),
    ...memoryLifeCases(create),
    ...memorySpaceCases(create),
  ]
}
