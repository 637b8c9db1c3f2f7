/** What a visitor sees of a product: gathered from four queries' worth of joins, so worth keeping. */
export interface ProductPage {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly price: number
  /** Counts the changes of the product, so that whoever reads a page can tell how old it is. */
  readonly version: number
  readonly category: {
    readonly id: number
    readonly name: string
    readonly discount: number
    /** Counts the changes of the category. */
    readonly version: number
  }
  readonly reviews: { readonly count: number; readonly stars: number }
  /** Names of the best-reviewed products of the category. */
  readonly alternatives: readonly string[]
}

/** How many categories the shop has. */
export const CATEGORIES = 1000

/** The category of a product; it never changes. */
export function categoryOf(productId: number): number {
  return 1 + (productId % CATEGORIES)
}
