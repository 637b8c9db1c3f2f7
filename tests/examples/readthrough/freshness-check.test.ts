import { describe, expect, it } from 'vitest'
import { FreshnessCheck } from '../../../examples/readthrough/freshness-check.ts'
import { categoryOf, type ProductPage } from '../../../examples/readthrough/product-page.ts'

function page(id: number, version: number, categoryVersion: number): ProductPage {
  return {
    id,
    name: 'a product',
    description: '',
    price: 1,
    version,
    category: { id: categoryOf(id), name: 'a category', discount: 0, version: categoryVersion },
    reviews: { count: 0, stars: 0 },
    alternatives: [],
  }
}

describe('FreshnessCheck', () => {
  it('lets an answer pass that has exactly the acknowledged versions', () => {
    const check = new FreshnessCheck()
    check.productAcknowledged(7, 3)
    check.categoryAcknowledged(categoryOf(7), 2)
    check.check(page(7, 3, 2), check.floorOf(7))
    expect(check.stale).toEqual([])
    expect(check.checked).toBe(1)
  })

  it('finds an answer whose product is one version behind', () => {
    const check = new FreshnessCheck()
    check.productAcknowledged(7, 3)
    check.check(page(7, 2, 1), check.floorOf(7))
    expect(check.stale).toEqual([
      {
        productId: 7,
        floor: { product: 3, category: 0 },
        got: { product: 2, category: 1 },
      },
    ])
  })

  it('finds an answer whose category is one version behind, though its product is not', () => {
    const check = new FreshnessCheck()
    check.categoryAcknowledged(categoryOf(7), 5)
    check.check(page(7, 9, 4), check.floorOf(7))
    expect(check.stale).toHaveLength(1)
  })

  it('judges by what was acknowledged when the request was sent, not by what came while it was under way', () => {
    const check = new FreshnessCheck()
    const floor = check.floorOf(7)
    check.productAcknowledged(7, 2)
    check.check(page(7, 1, 1), floor)
    expect(check.stale).toEqual([])
  })

  it('never lowers a floor when acknowledgements overtake each other', () => {
    const check = new FreshnessCheck()
    check.productAcknowledged(7, 5)
    check.productAcknowledged(7, 4)
    expect(check.floorOf(7).product).toBe(5)
  })

  it('keeps products of other numbers apart', () => {
    const check = new FreshnessCheck()
    check.productAcknowledged(7, 5)
    expect(check.floorOf(8).product).toBe(0)
  })
})
