import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { createClient as createClient6 } from 'redis-client-6'

/** A client that a user might hand in, and how it is closed. */
export interface GivenClient {
  readonly client: object
  close(): void
}

function ofIoredis(client: Redis | Redis5): GivenClient {
  client.on('error', () => undefined)
  return { client, close: () => client.disconnect() }
}

/** Connects one of each kind to a server. */
export const CLIENT_KINDS: readonly (readonly [
  name: string,
  open: (port: number) => Promise<GivenClient>,
])[] = [
  [
    'node-redis 5',
    async (port) => {
      const client = createClient({ socket: { port, reconnectStrategy: 20 } })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
  [
    'node-redis 6',
    async (port) => {
      const client = createClient6({ socket: { port, reconnectStrategy: 20 } })
      client.on('error', () => undefined)
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  ],
  ['ioredis 5', async (port) => ofIoredis(new Redis5(port, { retryStrategy: () => 20 }))],
  ['ioredis 6', async (port) => ofIoredis(new Redis(port, { retryStrategy: () => 20 }))],
]
