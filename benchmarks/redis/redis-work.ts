import type { RedisSubjectName } from './redis-subjects.ts'

/** What a subject over Redis is told to do over and over. */
export interface RedisWork {
  readonly kind: 'get' | 'set' | 'getMany'
  /** So many callers, each of which asks again as soon as it is answered. */
  readonly callers: number
}

/** What the process of a subject is told. */
export type RedisSubjectRequest =
  | {
      readonly kind: 'open'
      readonly subject: RedisSubjectName
      readonly url: string
      readonly entries: number
    }
  | (RedisWork & { readonly count: number })
  | { readonly kind: 'close' }

/** What it took; zero where it doesn't apply. */
export interface RedisSubjectAnswer {
  readonly wallNs: number
  /** Processor time of the whole process. */
  readonly cpuNs: number
}
