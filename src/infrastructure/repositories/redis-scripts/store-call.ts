import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import { logLua } from './log-lua.ts'
import { wordsOf, wordText } from './words-of.ts'

/** A lease and who says to hold it. */
export interface LeaseInput {
  readonly valueName: string
  readonly leaseName: string
  readonly token: string
}

/** KEYS value, lease; ARGV token, frame, TTL in ms or nothing. The value comes first, so that it is refused for want of memory. */
const STORE: RedisScript = {
  name: 'STORE',
  text: logLua(`
if ask('GET', KEYS[2]) ~= ARGV[1] then return {0} end
local r
if ARGV[3] == '' then r = redis.pcall('SET', KEYS[1], ARGV[2])
else r = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
if r.err and not fails(r, 'OOM') then return told(r) end
redis.call('UNLINK', KEYS[2])
if r.err then return {2, told(r).err} end
return {1}
`),
}

/** KEYS value, lease; ARGV token, lease in ms. */
const TAKE: RedisScript = {
  name: 'TAKE',
  text: logLua(`
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
`),
}

/** KEYS lease; ARGV token, lease in ms, or 0 to end it. */
const RENEW: RedisScript = {
  name: 'RENEW',
  text: logLua(`
if ask('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('UNLINK', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`),
}

/** Stores the frame if the lease holds the token, and ends the lease. `ttlMs` `undefined`: it stays until it is invalidated. */
export function storeCall(
  lease: LeaseInput,
  frame: Uint8Array,
  ttlMs: number | undefined,
): RedisScriptCall {
  return {
    script: STORE,
    keys: [lease.valueName, lease.leaseName],
    args: [lease.token, frame, ttlMs === undefined ? '' : String(ttlMs)],
  }
}

/** What became of a value: `refused` if the lease was lost, `full` if there was no memory. */
export type StoreReply =
  | { readonly kind: 'stored' | 'refused' }
  | { readonly kind: 'full'; readonly why: string }
  | { readonly kind: 'fault'; readonly fault: string }

export function readStoreReply(reply: RedisReply): StoreReply {
  const [kind, why] = wordsOf(reply)
  if (kind === 0) return { kind: 'refused' }
  if (kind === 1) return { kind: 'stored' }
  if (kind === 2) return { kind: 'full', why: wordText(why) }
  return { kind: 'fault', fault: 'STORE answered what it never does' }
}

/**
 * Deletes the value, and takes the lease from whoever has it. So a `set` begins where the log lies on another
 * server: then it appends its mark, and then it stores under the lease, unless another was quicker.
 */
export function takeLeaseCall(lease: LeaseInput, leaseMs: number): RedisScriptCall {
  return {
    script: TAKE,
    keys: [lease.valueName, lease.leaseName],
    args: [lease.token, String(leaseMs)],
  }
}

/** Makes the lease last this long from now, if it holds the token. Answers 1, or 0 if it was lost. */
export function renewLeaseCall(
  { leaseName, token }: Omit<LeaseInput, 'valueName'>,
  leaseMs: number,
): RedisScriptCall {
  return { script: RENEW, keys: [leaseName], args: [token, String(leaseMs)] }
}

/** Ends the lease if it holds the token: the load has failed, and others needn't wait. Answers 1, or 0 if it was lost. */
export function endLeaseCall({ leaseName, token }: Omit<LeaseInput, 'valueName'>): RedisScriptCall {
  return { script: RENEW, keys: [leaseName], args: [token, '0'] }
}
