import {
  type CacheDependencies,
  cacheDependencies,
  type Principal,
  TRUSTED_PRINCIPAL,
} from '../../src/api/dependencies/cache-dependencies.ts'
import { createCache } from '../../src/module.ts'

/** Dependencies over a new cache of the tenant `default`, who everybody is if nothing else is said. */
export function testDependencies(principal: Principal = TRUSTED_PRINCIPAL): CacheDependencies {
  return cacheDependencies({ cache: createCache(), authenticate: () => principal })
}
