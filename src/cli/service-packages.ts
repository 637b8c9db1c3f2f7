import { createRequire } from 'node:module'
import { CliFailure, EXIT_CODES } from './cli-failure.ts'

/** What the service needs besides what the package brings: the library does without. */
export const SERVICE_PACKAGES: readonly string[] = [
  'fastify',
  'typebox',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  'prom-client',
]

/**
 * The failure of a service whose packages aren't installed, with the command that installs them;
 * `undefined` if all are there.
 *
 * @param from a file beside whose packages they have to lie
 */
export function missingServicePackages(from: string | URL): CliFailure | undefined {
  const require = createRequire(from)
  const missing = SERVICE_PACKAGES.filter((name) => !isInstalled(name, require))
  if (missing.length === 0) return undefined
  return new CliFailure(
    EXIT_CODES.failure,
    `Cannot serve: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed; run: npm install ${missing.join(' ')}`,
  )
}

function isInstalled(name: string, require: NodeJS.Require): boolean {
  try {
    require.resolve(name)
    return true
  } catch (error) {
    // A package for `import` alone is there, and says so in another way.
    return error instanceof Error && 'code' in error && error.code !== 'MODULE_NOT_FOUND'
  }
}
