import Type from 'typebox'
import type { CacheHealth } from '../../../application/services/cache-manager.ts'
import type { ServiceReadiness } from '../../dependencies/cache-dependencies.ts'
import { type Model, model } from '../model.ts'

/** The media type of health answers. Source: draft-inadarei-api-health-check. */
export const HEALTH_TYPE = 'application/health+json'

/** How one part is. */
export interface HealthCheck {
  readonly status: 'pass' | 'warn' | 'fail'
  readonly detail: string
}

/** How the service is. `warn`: it serves, but something is not as it should be. */
export interface CacheHealthResponse {
  readonly status: 'pass' | 'warn' | 'fail'
  /** Part by part, when asked for. */
  readonly checks?: Readonly<Record<string, HealthCheck>>
}

const Status = Type.Union([Type.Literal('pass'), Type.Literal('warn'), Type.Literal('fail')])

export const CacheHealthResponse: Model<CacheHealthResponse> = model<CacheHealthResponse>()(
  Type.Object({
    status: Status,
    checks: Type.Optional(
      Type.Record(Type.String(), Type.Object({ status: Status, detail: Type.String() })),
    ),
  }),
)

/** The query of `/readyz`. */
export interface HealthQuery {
  readonly verbose?: boolean
}

export const HealthQuery: Model<HealthQuery> = model<HealthQuery>()(
  Type.Object(
    { verbose: Type.Optional(Type.Boolean({ description: 'Part by part' })) },
    { additionalProperties: false },
  ),
)

/** The worst of the parts; a service that starts or drains fails, since it wants no traffic. */
export function cacheHealthResponse(
  readiness: ServiceReadiness,
  caches: ReadonlyMap<string, CacheHealth>,
): Required<CacheHealthResponse> {
  const checks: Record<string, HealthCheck> = {
    service: { status: readiness === 'ready' ? 'pass' : 'fail', detail: readiness },
  }
  for (const [tenant, health] of caches) {
    const { status, namespaces, degraded, activeLoads, sharing } = health
    const parts = [
      `caches: ${namespaces}`,
      `loads running: ${activeLoads}`,
      `faults since the start: ${degraded}`,
    ]
    if (sharing !== undefined) parts.push(...sharingParts(sharing))
    checks[`cache:${tenant}`] = { status, detail: parts.join(', ') }
  }
  return { status: worstOf(Object.values(checks)), checks }
}

function sharingParts(sharing: NonNullable<CacheHealth['sharing']>): string[] {
  return [
    `invalidation log: ${sharing.isConnected ? 'connected' : 'not connected'}`,
    `coherent for: ${Math.round(sharing.coherentForMs)} ms`,
    `invalidations that wait for the log: ${sharing.pendingMarks}`,
  ]
}

function worstOf(checks: readonly HealthCheck[]): HealthCheck['status'] {
  if (checks.some(({ status }) => status === 'fail')) return 'fail'
  return checks.some(({ status }) => status === 'warn') ? 'warn' : 'pass'
}
