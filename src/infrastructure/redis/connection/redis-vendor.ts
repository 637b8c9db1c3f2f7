import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'
import type { RedisArgument } from '../../../core/protocols/redis-transport.ts'

/** The part of a client of `@redis/client` that is used here. */
export interface VendorClient {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  destroy(): void
  unref(): void
  on(event: 'error' | 'connect', listener: (error: unknown) => void): unknown
  sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>
  subscribe(
    channel: string,
    listener: (message: Buffer) => void,
    bufferMode: true,
  ): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
}

export interface RedisVendor {
  createClient(options: object): VendorClient
  readonly ErrorReply: new (message?: string) => Error
  readonly RESP_TYPES: Readonly<Record<string, number>>
}

/** The vendor takes bytes as `Buffer`s only. A view of the same memory, no copy. */
export function toVendorArguments(args: readonly RedisArgument[]): (string | Buffer)[] {
  const converted: (string | Buffer)[] = new Array(args.length)
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    converted[at] =
      typeof arg === 'string' || Buffer.isBuffer(arg)
        ? arg
        : Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength)
  }
  return converted
}

export function clientOptions(
  endpoint: RedisEndpoint,
  vendor: RedisVendor,
  connectTimeoutMs: number,
): object {
  const { host, port, path, tls, username, password, database } = endpoint
  const place = path === undefined ? { host, port } : { path }
  const {
    BLOB_STRING = 0,
    VERBATIM_STRING = 0,
    MAP = 0,
    SET = 0,
    BIG_NUMBER = 0,
  } = vendor.RESP_TYPES
  return {
    RESP: 3,
    socket: {
      ...place,
      ...(tls === undefined ? {} : { ...tls, tls: true }),
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
    },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    disableOfflineQueue: true,
    // Both are answered with an error by most servers: noise in each handshake.
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: {
      // Version 6 makes an AbortSignal per command otherwise, which costs three times the command.
      timeout: undefined,
      typeMapping: {
        [BLOB_STRING]: Buffer,
        [VERBATIM_STRING]: Buffer,
        [MAP]: Array,
        [SET]: Array,
        [BIG_NUMBER]: String,
      },
    },
  }
}

let loading: Promise<RedisVendor> | undefined

/** @throws CacheError CACHE_REDIS_PACKAGE_MISSING */
export function loadRedisVendor(): Promise<RedisVendor> {
  loading ??= import('@redis/client').then(
    (vendor): RedisVendor => vendor as unknown as RedisVendor,
    (cause: unknown) => {
      loading = undefined
      throw new CacheError(
        'CACHE_REDIS_PACKAGE_MISSING',
        'Cannot use Redis: the package @redis/client is not installed; run: npm install @redis/client',
        { cause },
      )
    },
  )
  return loading
}
