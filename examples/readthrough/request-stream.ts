import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { categoryOf } from './product-page.ts'

/** One request to the shop. */
export interface ShopRequest {
  readonly kind: 'read' | 'change-price' | 'change-discount'
  /** Of the product, or of the category whose discount changes. */
  readonly id: number
}

/** Requests without an end, and what they are, for the first line of the demo. */
export interface RequestStream {
  readonly description: string
  readonly next: () => ShopRequest
}

/** Real requests to the product pages of a web shop, if somebody put the traces beside the repository. */
const USUAL_TRACE = fileURLToPath(
  new URL('../../../shared/traces/cache2k_web07.u32.br', import.meta.url),
)
/** One request in so many changes the product that it would have read, so hot rows change the most. */
const PRICE_CHANGE_EVERY = 50
/** One in so many changes a category, and with it the pages of all its products. */
const DISCOUNT_CHANGE_EVERY = 1000
/** How steep popularity falls: 0 is even, 1 is what many shops and web sites see. */
const ZIPF_EXPONENT = 0.9
/** Neighbours in the trace become products far apart. A prime, so that no two become the same. */
const SPREAD = 7919

/**
 * The requests of visitors, with changes mixed in: from a trace of real requests if there is one, which
 * begins again when it ends, else from a generator. The same ones every time.
 *
 * @param trace path of a trace file; the usual place if not given
 */
export function requestStream(rows: number, trace: string | undefined): RequestStream {
  const path = trace ?? (existsSync(USUAL_TRACE) ? USUAL_TRACE : undefined)
  const products = path === undefined ? zipfProducts(rows) : traceProducts(path, rows)
  const source =
    path === undefined
      ? `generated requests, popularity by Zipf's law with exponent ${ZIPF_EXPONENT}`
      : `the requests of the trace ${path.replace(/^.*\//, '')}`
  return {
    description: `${source}; 1 in ${PRICE_CHANGE_EVERY} changes a price, 1 in ${DISCOUNT_CHANGE_EVERY} a discount`,
    next: mixed(products),
  }
}

function mixed(nextProduct: () => number): () => ShopRequest {
  let count = 0
  return () => {
    count += 1
    const id = nextProduct()
    if (count % DISCOUNT_CHANGE_EVERY === 0) return { kind: 'change-discount', id: categoryOf(id) }
    if (count % PRICE_CHANGE_EVERY === 0) return { kind: 'change-price', id }
    return { kind: 'read', id }
  }
}

function traceProducts(path: string, rows: number): () => number {
  const ids = decodeTrace(readFileSync(path))
  if (ids.length === 0) throw new Error(`Cannot replay ${path}: it holds no requests`)
  let at = 0
  return () => {
    const id = ids[at % ids.length] ?? 0
    at += 1
    return 1 + ((id * SPREAD) % rows)
  }
}

/** The ids of a trace file: brotli around one LEB128 number per request. */
export function decodeTrace(file: Uint8Array): readonly number[] {
  const ids: number[] = []
  let id = 0
  let scale = 1
  for (const byte of brotliDecompressSync(file)) {
    id += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte >= 0x80) continue
    ids.push(id)
    id = 0
    scale = 1
  }
  return ids
}

/** The product of rank r is asked for in proportion to r to the power of minus the exponent. */
function zipfProducts(rows: number): () => number {
  const cumulated = new Float64Array(rows)
  let total = 0
  for (let rank = 0; rank < rows; rank += 1) {
    total += (rank + 1) ** -ZIPF_EXPONENT
    cumulated[rank] = total
  }
  const random = seededRandom()
  return () => 1 + ((firstAbove(cumulated, random() * total) * SPREAD) % rows)
}

function firstAbove(cumulated: Float64Array, value: number): number {
  let low = 0
  let high = cumulated.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cumulated[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Mulberry32: numbers from 0 to below 1, the same ones every time. */
function seededRandom(): () => number {
  let state = 2026
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixedBits = Math.imul(state ^ (state >>> 15), 1 | state)
    mixedBits = (mixedBits + Math.imul(mixedBits ^ (mixedBits >>> 7), 61 | mixedBits)) ^ mixedBits
    return ((mixedBits ^ (mixedBits >>> 14)) >>> 0) / 2 ** 32
  }
}
