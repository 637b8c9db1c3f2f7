import { SECURITY_SCHEME } from './dependencies/caller.ts'

/** What @fastify/swagger is registered with. */
export interface OpenApiOptions {
  readonly openapi: {
    readonly openapi: '3.1.0'
    readonly info: {
      readonly title: string
      readonly description: string
      readonly version: string
      readonly license: { readonly name: string }
    }
    readonly tags: { readonly name: string; readonly description: string }[]
    readonly components: {
      readonly securitySchemes: Readonly<
        Record<
          string,
          { readonly type: 'http'; readonly scheme: string; readonly description: string }
        >
      >
    }
  }
  /** HEAD routes are there on purpose. */
  readonly exposeHeadRoutes: true
  readonly refResolver: { buildLocalReference(schema: { readonly $id?: string }): string }
}

/**
 * The options with which @fastify/swagger makes a whole OpenAPI 3.1 document of the routers. Register it
 * before them; the routers' schemas refer to the security scheme that is named here.
 *
 * @param version that of the service
 */
export function openApi(version: string): OpenApiOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Platform Cache',
        description:
          'A cache as a service. Keys are percent-encoded in paths. Every failure is answered with problem details (RFC 9457), whose code is for programs.',
        version,
        license: { name: 'MIT' },
      },
      tags: [
        { name: 'entries', description: 'Single entries: bytes with their content type' },
        { name: 'batches', description: 'Many entries at once, each with a status of its own' },
        {
          name: 'invalidation',
          description: 'Making entries invalid, by what they have in common',
        },
        { name: 'leases', description: 'Single flight for callers in other processes' },
        { name: 'keys', description: 'Which keys there are, and why one hits or misses' },
        { name: 'caches', description: 'The caches of a tenant and their numbers' },
        { name: 'admin', description: 'For operators' },
        { name: 'health', description: 'For the orchestrator' },
      ],
      components: {
        securitySchemes: {
          [SECURITY_SCHEME]: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key: Authorization: Bearer KEY',
          },
        },
      },
    },
    exposeHeadRoutes: true,
    refResolver: { buildLocalReference: ({ $id }) => $id ?? 'Unnamed' },
  }
}
