import { createCache } from 'platform-cache'
import type { PageSource } from './page-source.ts'
import type { ProductDatabase } from './product-database.ts'
import type { ProductPage } from './product-page.ts'

/** Pages through the library, in the memory of this process. */
export function libraryPages(database: ProductDatabase): PageSource {
  const cache = createCache()
  const pages = cache.namespace<ProductPage | undefined>('pages', { ttl: '1h' })
  return {
    read: async (productId) => {
      let isHit = true
      const page = await pages.getOrSet(`product:${productId}:page`, async ({ setOptions }) => {
        isHit = false
        const gathered = await database.page(productId)
        if (gathered !== undefined) setOptions({ tags: [`category:${gathered.category.id}`] })
        return gathered
      })
      return { page, isHit }
    },
    productChanged: async (productId) => {
      await pages.invalidate(`product:${productId}:*`)
    },
    categoryChanged: async (categoryId) => {
      await pages.invalidate({ tag: `category:${categoryId}` })
    },
  }
}
