import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { categoryOf } from '../../../examples/readthrough/product-page.ts'
import {
  decodeTrace,
  requestStream,
  type ShopRequest,
} from '../../../examples/readthrough/request-stream.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'request-stream-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function traceFile(name: string, bytes: readonly number[]): string {
  const path = join(folder, name)
  writeFileSync(path, brotliCompressSync(Uint8Array.from(bytes)))
  return path
}

function take(count: number, next: () => ShopRequest): readonly ShopRequest[] {
  return Array.from({ length: count }, next)
}

describe('decodeTrace()', () => {
  it('reads numbers of one, two and three bytes', () => {
    const bytes = [0x00, 0x7f, 0x80, 0x01, 0xff, 0x7f, 0x80, 0x80, 0x01]
    expect(decodeTrace(brotliCompressSync(Uint8Array.from(bytes)))).toEqual([
      0, 127, 128, 16_383, 16_384,
    ])
  })
})

describe('requestStream() of a trace', () => {
  it('asks for one product per number, equal ones for equal numbers, and begins again at the end', () => {
    const { next } = requestStream(1000, traceFile('three.br', [0, 1, 0]))
    const ids = take(6, next).map(({ id }) => id)
    expect(ids[0]).toBe(ids[2])
    expect(ids[1]).not.toBe(ids[0])
    expect(ids.slice(3)).toEqual(ids.slice(0, 3))
  })

  it('keeps all numbers below the count of rows apart, and within the rows', () => {
    const rows = 100
    const { next } = requestStream(
      rows,
      traceFile(
        'all.br',
        Array.from({ length: rows }, (_, id) => id),
      ),
    )
    // Every one reads or changes a product but none of the first hundred changes a category.
    const ids = new Set(take(rows, next).map(({ id }) => id))
    expect(ids.size).toBe(rows)
    expect(Math.min(...ids)).toBe(1)
    expect(Math.max(...ids)).toBe(rows)
  })

  it('refuses a trace without requests', () => {
    expect(() => requestStream(10, traceFile('empty.br', []))).toThrow('it holds no requests')
  })

  it('changes the price of every 50th product and the discount of every 1000th', () => {
    const { next } = requestStream(1000, traceFile('one.br', [3]))
    const requests = take(1000, next)
    expect(requests.filter(({ kind }) => kind === 'change-price')).toHaveLength(19)
    expect(requests[48]?.kind).toBe('read')
    expect(requests[49]?.kind).toBe('change-price')
    const product = requests[0]?.id ?? 0
    expect(requests[999]).toEqual({ kind: 'change-discount', id: categoryOf(product) })
  })
})
