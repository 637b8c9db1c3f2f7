/** The process that holds the database file, `tsx database-process.ts <file> <rows>`: `ProductDatabase` asks it questions. */
import { existsSync } from 'node:fs'
import sqlite from 'node-sqlite3-wasm'
import { CATEGORIES, type ProductPage } from './product-page.ts'

/** A question, with the number under which its answer is expected. */
export interface DatabaseQuestion {
  readonly kind: 'page' | 'change-price' | 'change-discount'
  readonly number: number
  readonly id: number
}

export interface DatabaseAnswer {
  readonly number: number
  readonly result: unknown
}

type Row = Readonly<Record<string, unknown>>

interface PageRow extends Row {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly price: number
  readonly version: number
  readonly categoryId: number
  readonly categoryName: string
  readonly discount: number
  readonly categoryVersion: number
  readonly reviews: number
  readonly stars: number
}

const REVIEWS_PER_PRODUCT = 3

const PAGE = `
  SELECT p.id, p.name, p.description, p.price, p.version,
    c.id AS categoryId, c.name AS categoryName, c.discount, c.version AS categoryVersion,
    (SELECT count(*) FROM reviews WHERE product_id = p.id) AS reviews,
    (SELECT coalesce(avg(stars), 0) FROM reviews WHERE product_id = p.id) AS stars
  FROM products p JOIN categories c ON c.id = p.category_id
  WHERE p.id = ?`
const ALTERNATIVES = `
  SELECT p.name FROM products p JOIN reviews r ON r.product_id = p.id
  WHERE p.category_id = ?
  GROUP BY p.id ORDER BY avg(r.stars) DESC, p.id LIMIT 3`
const CHANGE_PRICE =
  'UPDATE products SET price = price + 1, version = version + 1 WHERE id = ? RETURNING version'
const CHANGE_DISCOUNT =
  'UPDATE categories SET discount = discount + 1, version = version + 1 WHERE id = ? RETURNING version'

const [path = '', rows = ''] = process.argv.slice(2)
const isNew = !existsSync(path)
const database = new sqlite.Database(path)
// 64 MiB of pages in memory (negative: KiB), and no waiting for the disk: the file is thrown away anyway.
database.exec('PRAGMA cache_size = -65536; PRAGMA synchronous = OFF')
if (isNew) generate(Number(rows))
const statements = {
  page: database.prepare(PAGE),
  alternatives: database.prepare(ALTERNATIVES),
  changePrice: database.prepare(CHANGE_PRICE),
  changeDiscount: database.prepare(CHANGE_DISCOUNT),
}

process.on('message', ({ kind, number, id }: DatabaseQuestion) => {
  const answer: DatabaseAnswer = { number, result: resultOf(kind, id) }
  process.send?.(answer)
})
process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group; who started this one ends it.
process.on('disconnect', () => {
  for (const statement of Object.values(statements)) statement.finalize()
  database.close() // Else its lock would stay on the file.
  process.exit()
})
process.send?.('open')

function resultOf(kind: DatabaseQuestion['kind'], id: number): unknown {
  switch (kind) {
    case 'page':
      return readPage(id)
    case 'change-price':
      return firstRow(statements.changePrice, id)?.['version']
    case 'change-discount':
      return firstRow(statements.changeDiscount, id)?.['version']
  }
}

/** `get` would stop at the row, and so leave a change uncommitted until the next one. */
function firstRow(statement: sqlite.Statement, id: number): Row | undefined {
  return statement.all([id])[0] as Row | undefined // Without `expand` rows are flat.
}

function readPage(id: number): ProductPage | undefined {
  const row = firstRow(statements.page, id) as PageRow | undefined // The columns of PAGE.
  if (row === undefined) return undefined
  const best = statements.alternatives.all([row.categoryId])
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    price: row.price,
    version: row.version,
    category: {
      id: row.categoryId,
      name: row.categoryName,
      discount: row.discount,
      version: row.categoryVersion,
    },
    reviews: { count: row.reviews, stars: row.stars },
    alternatives: best.map((other) => String(other['name'])),
  }
}

/** The same rows every time, made by SQLite itself, which takes about a second for 400 000. */
function generate(products: number): void {
  database.exec(`
    CREATE TABLE categories (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, discount INTEGER NOT NULL, version INTEGER NOT NULL);
    CREATE TABLE products (
      id INTEGER PRIMARY KEY, category_id INTEGER NOT NULL REFERENCES categories, name TEXT NOT NULL,
      description TEXT NOT NULL, price INTEGER NOT NULL, version INTEGER NOT NULL);
    CREATE TABLE reviews (
      id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products, stars INTEGER NOT NULL);
    BEGIN;
    INSERT INTO categories
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CATEGORIES})
      SELECT i, 'Category ' || i, 0, 1 FROM n;
    INSERT INTO products
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${products})
      SELECT i, 1 + i % ${CATEGORIES}, 'Product ' || i,
        replace(printf('%.*c', 12, '-'), '-', 'Words that describe product ' || i || '. '),
        100 + (i * 7919) % 9900, 1 FROM n;
    INSERT INTO reviews
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${products * REVIEWS_PER_PRODUCT})
      SELECT i, 1 + (i * 31) % ${products}, 1 + (i * 17) % 5 FROM n;
    CREATE INDEX products_by_category ON products (category_id);
    CREATE INDEX reviews_by_product ON reviews (product_id, stars);
    COMMIT;`)
}
