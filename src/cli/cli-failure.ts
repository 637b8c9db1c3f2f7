/** What the command ends with. */
export const EXIT_CODES = {
  ok: 0,
  failure: 1,
  usage: 2,
  auth: 3,
  notFound: 4,
  conflict: 5,
  quota: 6,
  partial: 7,
} as const

/** An exit code other than that of success. */
export type FailureCode = Exclude<(typeof EXIT_CODES)[keyof typeof EXIT_CODES], 0>

const BY_STATUS: ReadonlyMap<number, FailureCode> = new Map([
  [400, EXIT_CODES.usage],
  [401, EXIT_CODES.auth],
  [403, EXIT_CODES.auth],
  [404, EXIT_CODES.notFound],
  [409, EXIT_CODES.conflict],
  [412, EXIT_CODES.conflict],
  [413, EXIT_CODES.usage],
  [414, EXIT_CODES.usage],
  [415, EXIT_CODES.usage],
  [422, EXIT_CODES.usage],
  [429, EXIT_CODES.quota],
  [507, EXIT_CODES.quota],
])

/** The exit code for a request that was answered with this status. */
export function exitCodeOf(status: number): FailureCode {
  return BY_STATUS.get(status) ?? EXIT_CODES.failure
}

/** A command ends without having done all that it was asked. The message is for a person. */
export class CliFailure extends Error {
  readonly exitCode: number
  /** The code of the problem that the service answered with; `undefined` if it wasn't the service. */
  readonly code: string | undefined

  constructor(
    exitCode: number,
    message: string,
    more: { readonly code?: string; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.exitCode = exitCode
    this.code = more.code
  }

  override get name(): 'CliFailure' {
    return 'CliFailure'
  }
}
