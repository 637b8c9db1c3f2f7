import type { PageSource, ReadPage } from './page-source.ts'
import type { ProductDatabase } from './product-database.ts'
import type { ProductPage } from './product-page.ts'

/** What the service says to who asks for a lease. */
type LeaseAnswer =
  | { readonly state: 'hit'; readonly entry: { readonly value: ProductPage } }
  | { readonly state: 'compute'; readonly token: string }
  | { readonly state: 'wait'; readonly retryAfterMs: number }

const LOST = 409

/**
 * Pages through the service, by plain HTTP, as a program in any language would: GET; on a miss ask for
 * the lease, so that one of many computes; store under it, so that nothing from before an invalidation
 * stays behind.
 *
 * @param serviceUrl public listener of `platform-cache serve`
 */
export function servicePages(database: ProductDatabase, serviceUrl: string): PageSource {
  const cache = `${serviceUrl}/v1/caches/pages`
  return {
    read: async (productId) => {
      const entry = `${cache}/entries/product:${productId}:page`
      const answer = await fetch(entry)
      if (answer.ok) return { page: (await answer.json()) as ProductPage, isHit: true } // As stored below.
      await answer.body?.cancel()
      return readUnderLease(database, productId, entry)
    },
    productChanged: (productId) =>
      post(`${cache}/_invalidate`, { pattern: `product:${productId}:*` }).then(() => undefined),
    categoryChanged: (categoryId) =>
      post(`${cache}/_invalidate`, { tag: `category:${categoryId}` }).then(() => undefined),
  }
}

async function readUnderLease(
  database: ProductDatabase,
  productId: number,
  entry: string,
): Promise<ReadPage> {
  const answer = (await post(`${entry}/_lease`, { wait: '2s' })) as LeaseAnswer // Says the OpenAPI description.
  if (answer.state === 'hit') return { page: answer.entry.value, isHit: true }
  const page = await database.page(productId)
  // Who was told to wait, and still has nothing, answers by itself and leaves the storing to the other.
  if (answer.state === 'compute') await storeUnderLease(entry, page, answer.token)
  return { page, isHit: false }
}

async function storeUnderLease(
  entry: string,
  page: ProductPage | undefined,
  token: string,
): Promise<void> {
  if (page === undefined) {
    await fetch(`${entry}/_lease`, { method: 'DELETE', headers: { 'Cache-Lease': token } })
    return
  }
  const { ok, status } = await fetch(entry, {
    method: 'PUT',
    headers: {
      'Content-Type': 'application/json',
      'Cache-Lease': token,
      'Cache-TTL': '1h',
      'Cache-Tags': `category:${page.category.id}`,
    },
    body: JSON.stringify(page),
  })
  // The row changed meanwhile: the page is good for this answer, and not to be kept.
  if (!ok && status !== LOST) throw new Error(`Cannot store the page: the service said ${status}`)
}

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (answer.ok) return answer.json()
  throw new Error(`Cannot reach the cache: the service said ${answer.status} to ${url}`)
}
