import { createClient } from '@redis/client'
import { TTL_MS } from '../../subjects/subject.ts'
import { countFound } from '../count-found.ts'
import type { RedisSubject } from '../redis-subject.ts'

/**
 * The client on which Platform Cache stands, without a timeout per command, which costs more than the
 * command. It answers the text as it is: nothing is parsed, checked, timed or counted.
 */
export async function nodeRedis(url: string): Promise<RedisSubject> {
  const client = createClient({ url })
  await client.connect()
  const options = { PX: TTL_MS }
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, JSON.stringify(value), options),
    getMany: async (keys) => countFound(await client.mGet([...keys])),
    close: () => client.close(),
  }
}

/** The same, with the values parsed, as every cache has to. */
export async function nodeRedisParsed(url: string): Promise<RedisSubject> {
  const raw = await nodeRedis(url)
  return { ...raw, get: async (key) => JSON.parse(String(await raw.get(key))) }
}
