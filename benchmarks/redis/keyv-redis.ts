import { importRival } from '../rivals/import-rival.ts'
import { TTL_MS } from '../subjects/subject.ts'

/** What is used of keyv. */
export interface Keyv {
  get(key: string): Promise<unknown>
  get(keys: readonly string[]): Promise<readonly unknown[]>
  set(key: string, value: unknown): Promise<unknown>
  disconnect(): Promise<void>
}

interface KeyvModule {
  readonly default: new (options: object) => Keyv
}

interface KeyvRedisModule {
  readonly default: new (
    connection: object,
    options: object,
  ) => { readonly namespace: string | undefined }
}

/** keyv over its own adapter for Redis, without a second prefix for its keys: its fastest setting. */
export async function keyvRedis(url: string, namespace: string): Promise<Keyv> {
  const { default: Keyv } = (await importRival('keyv')) as KeyvModule
  const { default: KeyvRedis } = (await importRival('@keyv/redis')) as KeyvRedisModule
  const store = new KeyvRedis({ url }, { namespace })
  return new Keyv({ store, ttl: TTL_MS, namespace, useKeyPrefix: false })
}
