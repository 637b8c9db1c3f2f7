import type { ProblemResponse } from '../api/models/responses/problem-response.ts'
import { describeValue } from '../core/exceptions/describe-value.ts'
import { formatDuration } from '../core/value-objects/duration.ts'
import { CliFailure, EXIT_CODES, exitCodeOf } from './cli-failure.ts'

/** Where the service is, and who asks. */
export interface ServiceAddress {
  /** Its public listener, or where a proxy has it. Without credentials, which go into `token`. */
  readonly url: URL
  /** An API key; `undefined`: none. */
  readonly token: string | undefined
  /** How long one request may take. */
  readonly timeoutMs: number
}

/** One request. */
export interface ServiceRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Segments below `/v1`, as they are: they are encoded here. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes as they are, anything else as JSON. */
  readonly body?: unknown
}

/** A successful answer. */
export interface ServiceAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

const JSON_TYPE = 'application/json'

/** Asks the service. Every failure is a `CliFailure` in words that help. */
export class ServiceClient {
  readonly #address: ServiceAddress

  constructor(address: ServiceAddress) {
    this.#address = address
  }

  /** @throws CliFailure */
  async send(request: ServiceRequest): Promise<ServiceAnswer> {
    const answer = await this.#fetch(request)
    if (answer.status < 300) return answer
    throw refused(answer, this.#address.url)
  }

  /**
   * The answer as JSON.
   *
   * @throws CliFailure
   */
  async ask<T>(request: ServiceRequest): Promise<T> {
    const answer = await this.send(request)
    const json = parseJson(answer)
    if (json === undefined) throw stranger(answer, this.#address.url)
    return json as T // The service's answers have the shapes of its models.
  }

  async #fetch(request: ServiceRequest): Promise<ServiceAnswer> {
    const { url, timeoutMs } = this.#address
    try {
      const response = await fetch(this.#urlOf(request), {
        method: request.method,
        headers: this.#headersOf(request),
        signal: AbortSignal.timeout(timeoutMs),
        ...bodyOf(request),
      })
      const body = Buffer.from(await response.arrayBuffer())
      return { status: response.status, headers: response.headers, body }
    } catch (cause) {
      throw unreachable(cause, url, timeoutMs)
    }
  }

  #urlOf({ path, query }: ServiceRequest): URL {
    const base = this.#address.url.href.replace(/\/*$/, '')
    const url = new URL(`${base}/v1/${path.map(encodeSegment).join('/')}`)
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    return url
  }

  #headersOf({ headers, body }: ServiceRequest): Record<string, string> {
    const { token } = this.#address
    for (const [name, value] of Object.entries(headers ?? {})) assertHeader(name, value)
    return {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || body instanceof Uint8Array ? {} : { 'content-type': JSON_TYPE }),
      ...headers,
    }
  }
}

function bodyOf({ body }: ServiceRequest): { body?: Uint8Array<ArrayBuffer> | string } {
  if (body === undefined) return {}
  if (body instanceof Uint8Array) return { body: new Uint8Array(body) }
  return { body: JSON.stringify(body) }
}

/** @throws CliFailure for what a header can't hold */
function assertHeader(name: string, value: string): void {
  if (/^[\t\x20-\x7e]*$/.test(value)) return
  throw new CliFailure(
    EXIT_CODES.usage,
    `Cannot send ${name}: expected printable ASCII, got ${describeValue(value)}`,
  )
}

/** @throws CliFailure for what a URL would swallow */
function encodeSegment(segment: string): string {
  if (segment === '.' || segment === '..') {
    throw new CliFailure(
      EXIT_CODES.usage,
      `Cannot address ${JSON.stringify(segment)}: a URL takes it for a step in its path`,
    )
  }
  return encodeURIComponent(segment)
}

function parseJson({ headers, body }: ServiceAnswer): unknown {
  if (!/^application\/(?:[\w.-]+\+)?json\b/.test(headers.get('content-type') ?? ''))
    return undefined
  try {
    return JSON.parse(body.toString())
  } catch {
    // Whoever sends broken JSON isn't the service; the caller says so.
    return undefined
  }
}

function refused(answer: ServiceAnswer, url: URL): CliFailure {
  const problem = parseJson(answer) as Partial<ProblemResponse> | undefined
  if (typeof problem?.detail !== 'string' || typeof problem.code !== 'string') {
    return stranger(answer, url)
  }
  const others = (problem.errors ?? []).slice(1)
  const lines = others.map(({ field, message }) => `  ${field}: ${message}`)
  const hint =
    answer.status === 401 ? '\n  The key goes into --token-file or PLATFORM_CACHE_TOKEN' : ''
  return new CliFailure(
    exitCodeOf(answer.status),
    `${[problem.detail, ...lines].join('\n')}${hint}`,
    { code: problem.code },
  )
}

function stranger({ status, headers }: ServiceAnswer, url: URL): CliFailure {
  const type = headers.get('content-type') ?? 'no content type'
  return new CliFailure(
    EXIT_CODES.failure,
    `Cannot understand ${place(url)}: expected a Platform Cache there, got status ${status} with ${type}`,
  )
}

function unreachable(error: unknown, url: URL, timeoutMs: number): CliFailure {
  if (error instanceof CliFailure) return error
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return new CliFailure(
    EXIT_CODES.failure,
    `Cannot reach ${place(url)}: ${whyUnreachable(error, cause, timeoutMs)}`,
    { cause: error },
  )
}

function whyUnreachable(error: unknown, cause: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no answer within ${formatDuration(timeoutMs)}; --timeout sets how long to wait`
  }
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') {
    return 'nothing listens there; start the service with: platform-cache serve'
  }
  return cause instanceof Error ? cause.message : String(cause)
}

function place(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`
}
