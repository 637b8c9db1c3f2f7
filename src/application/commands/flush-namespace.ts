import type { InvalidationResult } from '../../core/protocols/invalidation-service.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { parseReason } from './invalidate-pattern.ts'

/** Makes the whole namespace invalid with one mark, however many entries it holds. The bytes go behind it. */
export function flushNamespace(
  ports: Pick<NamespacePorts, 'name' | 'invalidation'>,
  why: { readonly reason: string | undefined; readonly origin: string | undefined },
): Promise<InvalidationResult> {
  return ports.invalidation.invalidate({
    namespace: ports.name,
    scope: { kind: 'namespace' },
    soft: false,
    act: 'flush',
    reason: parseReason(why.reason),
    origin: why.origin,
  })
}
