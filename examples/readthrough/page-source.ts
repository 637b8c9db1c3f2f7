import type { ProductDatabase } from './product-database.ts'
import type { ProductPage } from './product-page.ts'

/** A page, and whether it was there without a query of its own. */
export interface ReadPage {
  readonly page: ProductPage | undefined
  readonly isHit: boolean
}

/** Where the shop gets its pages from, and whom it tells when rows have changed. */
export interface PageSource {
  readonly read: (productId: number) => Promise<ReadPage>
  /** Resolves when no read that starts later gets a page from before the change. */
  readonly productChanged: (productId: number) => Promise<void>
  /** As above, for all pages of the category. */
  readonly categoryChanged: (categoryId: number) => Promise<void>
}

/** No cache: every page is gathered anew. */
export function uncachedPages(database: ProductDatabase): PageSource {
  return {
    read: async (productId) => ({ page: await database.page(productId), isHit: false }),
    productChanged: async () => undefined,
    categoryChanged: async () => undefined,
  }
}
