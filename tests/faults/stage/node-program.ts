/**
 * A node of a cache, alone in its process: reads all the time, does what it is told, reports what it saw. It is
 * bundled and started by `startNodes()`, which is the other end of its IPC channel.
 */
import { createCache } from '../../../src/module.ts'
import { CACHE_NAME, ITEM_KEYS, tagOfKey } from './item-keys.ts'
import { machineTimeMs } from './machine-time.ts'
import type {
  FromNode,
  Item,
  LoadRecord,
  NodeOrder,
  ReadRecord,
  Sighting,
  ToNode,
} from './node-messages.ts'
import { StallWatch } from './stall-watch.ts'

const READ_EVERY_MS = 5
const READS_AT_ONCE = 3
const MAX_WARNINGS = 10
const REPORT_EVERY_MS = 50
/** A step through the keys that meets all of them in turn. */
const KEY_STEP = 7

const warnings: string[] = []

/** The cache says what it can't do: not wrong in a fault, but worth reading when a test fails. */
function noteWarning(details: object): void {
  const { did, err } = details as { readonly did?: unknown; readonly err?: unknown }
  warnings.push(`${Math.round(machineTimeMs())} ${did}: ${err}`)
  if (warnings.length > MAX_WARNINGS) warnings.shift()
}

const cache = createCache({
  name: CACHE_NAME,
  redis: JSON.parse(process.argv[2] ?? ''),
  logger: { warn: noteWarning, error: noteWarning },
})
const items = cache.namespace<Item>('items', { ttl: '1m' })
const stalls = new StallWatch()
const truths = new Map<number, (version: number) => void>()
const pending = new Set<Promise<void>>()
let lastTruth = 0
let readCount = 0
let reading: NodeJS.Timeout | undefined
let reads: ReadRecord[] = []
let loads: LoadRecord[] = []
let troubles: string[] = []

function send(message: FromNode): void {
  // Whoever started this process may be gone.
  if (process.connected) process.send?.(message)
}

function trouble(what: string, error: unknown): void {
  troubles.push(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
}

function report(): void {
  const taken = { reads, loads, stalls: stalls.take(), troubles }
  reads = []
  loads = []
  troubles = []
  send({ type: 'report', report: taken })
}

function loadItem(key: string): Promise<Item> {
  const startMs = machineTimeMs()
  lastTruth += 1
  const id = lastTruth
  return new Promise((resolve) => {
    truths.set(id, (version) => {
      loads.push({ key, startMs, endMs: machineTimeMs() })
      resolve({ version })
    })
    send({ type: 'ask-truth', id, key })
  })
}

function getOrLoad(key: string): Promise<Item> {
  return items.getOrSet(key, () => loadItem(key), { tags: [tagOfKey(key)] })
}

async function readOnce(): Promise<void> {
  readCount += 1
  const key = ITEM_KEYS[(readCount * KEY_STEP) % ITEM_KEYS.length] ?? ''
  const startMs = machineTimeMs()
  try {
    const item = await (readCount % 4 === 0 ? items.get(key) : getOrLoad(key))
    reads.push({ key, startMs, endMs: machineTimeMs(), version: item?.version })
  } catch (error) {
    trouble(`reading ${key}`, error)
  }
}

function startReading(): void {
  reading ??= setInterval(() => {
    for (let at = 0; at < READS_AT_ONCE; at += 1) {
      const read = readOnce().finally(() => pending.delete(read))
      pending.add(read)
    }
  }, READ_EVERY_MS)
}

async function stopReading(): Promise<void> {
  clearInterval(reading)
  reading = undefined
  await Promise.all(pending)
  report()
}

async function obey(order: NodeOrder): Promise<unknown> {
  switch (order.act) {
    case 'invalidate':
      return (await items.invalidate(order.target)).propagated
    case 'set':
      return items.set(order.key, { version: order.version }, { tags: [tagOfKey(order.key)] })
    case 'look': {
      const { tier, value } = await items.lookup(order.key)
      return { tier, version: value?.version } satisfies Sighting
    }
    case 'read-all':
      return (await Promise.all(ITEM_KEYS.map(getOrLoad))).map(({ version }) => version)
    case 'load':
      return (await getOrLoad(order.key)).version
    case 'hang':
      void items
        .getOrSet(order.key, () => new Promise<Item>(() => undefined))
        .catch(() => undefined)
      return undefined
    case 'start-reading':
      startReading()
      return undefined
    case 'stop-reading':
      await stopReading()
      return undefined
    case 'describe':
      return JSON.stringify({ nowMs: machineTimeMs(), ...cache.health(), warnings })
    case 'close':
      await cache.close()
      return undefined
  }
}

async function answer(id: number, order: NodeOrder): Promise<void> {
  try {
    send({ type: 'answer', id, answer: await obey(order) })
  } catch (error) {
    trouble(order.act, error)
    report()
  }
}

process.on('message', (message: ToNode) => {
  if (message.type === 'order') void answer(message.id, message.order)
  else {
    truths.get(message.id)?.(message.version)
    truths.delete(message.id)
  }
})
process.on('unhandledRejection', (error) => trouble('unhandled rejection', error))
process.on('uncaughtException', (error) => trouble('uncaught exception', error))
process.on('disconnect', () => process.exit())
setInterval(report, REPORT_EVERY_MS)
