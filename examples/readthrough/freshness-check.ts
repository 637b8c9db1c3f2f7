import { categoryOf, type ProductPage } from './product-page.ts'

/** The versions that an answer must at least have. */
export interface Floor {
  readonly product: number
  readonly category: number
}

/** An answer that was older than what its reader had been told before. */
export interface StaleAnswer {
  readonly productId: number
  readonly floor: Floor
  readonly got: Floor
}

/**
 * Knows the last version of each row that the shop acknowledged. A page is stale if it shows an older
 * one than was acknowledged before the request for it was sent; what is acknowledged while the request is
 * under way may or may not be in it.
 */
export class FreshnessCheck {
  readonly #products = new Map<number, number>()
  readonly #categories = new Map<number, number>()
  readonly #stale: StaleAnswer[] = []
  #checked = 0

  /** How many answers were compared. */
  get checked(): number {
    return this.#checked
  }

  /** The stale answers, in the order in which they came. */
  get stale(): readonly StaleAnswer[] {
    return this.#stale
  }

  /** Notes that the shop said that the price has changed. */
  productAcknowledged(productId: number, version: number): void {
    raise(this.#products, productId, version)
  }

  /** Notes that the shop said that the discount has changed. */
  categoryAcknowledged(categoryId: number, version: number): void {
    raise(this.#categories, categoryId, version)
  }

  /** What an answer must have if its request is sent now. */
  floorOf(productId: number): Floor {
    return {
      product: this.#products.get(productId) ?? 0,
      category: this.#categories.get(categoryOf(productId)) ?? 0,
    }
  }

  /** Compares an answer with the floor of when its request was sent. */
  check(page: ProductPage, floor: Floor): void {
    this.#checked += 1
    const got = { product: page.version, category: page.category.version }
    if (got.product >= floor.product && got.category >= floor.category) return
    this.#stale.push({ productId: page.id, floor, got })
  }
}

/** Acknowledgements may overtake each other, so a version never goes down. */
function raise(versions: Map<number, number>, id: number, version: number): void {
  versions.set(id, Math.max(version, versions.get(id) ?? 0))
}
