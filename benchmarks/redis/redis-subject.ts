/** A value as applications cache it: about 1 KiB as JSON. */
export interface Profile {
  readonly id: number
  readonly name: string
  readonly text: string
}

/** A cache over Redis, or a bare client, under measurement. */
export interface RedisSubject {
  /** Answers a value from Redis, never from memory. */
  readonly get: (key: string) => Promise<unknown>
  readonly set: (key: string, value: Profile) => Promise<unknown>
  /** How many of the keys were found. */
  readonly getMany: (keys: readonly string[]) => Promise<number>
  readonly close: () => Promise<unknown>
}

/** Makes a subject on the server at `url`, connected. */
export type RedisSubjectFactory = (url: string) => Promise<RedisSubject>

/** The value of a key, always the same. */
export function profileOf(id: number): Profile {
  return { id, name: `user ${id}`, text: 'lorem ipsum '.repeat(80) }
}
