/**
 * The example application as a process:
 * `tsx app.ts --database shop.sqlite --through library`, or `--through service --service <url>`.
 *
 * Started by `demo.ts` it tells where it listens, and ends with it.
 */
import { parseArgs } from 'node:util'
import { libraryPages } from './library-pages.ts'
import { type PageSource, uncachedPages } from './page-source.ts'
import { ProductDatabase } from './product-database.ts'
import { servicePages } from './service-pages.ts'
import { shop } from './shop.ts'

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    rows: { type: 'string', default: '100000' },
    through: { type: 'string', default: 'library' },
    service: { type: 'string', default: 'http://127.0.0.1:7400' },
    port: { type: 'string', default: '0' },
    /** Breaks the application on purpose, to show that the check of the demo can fail. */
    'without-invalidation': { type: 'boolean', default: false },
  },
})

const path = values.database
if (path === undefined) throw new Error('Cannot start: expected --database <file>')
const database = await ProductDatabase.open(path, Number(values.rows))
const pages = sourceOf(values.through)
const app = shop(database, values['without-invalidation'] ? silenced(pages) : pages)
const url = await app.listen({ host: '127.0.0.1', port: Number(values.port) })

if (process.send === undefined) {
  process.stdout.write(`The shop listens on ${url}\n`)
} else {
  process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group; who started this one ends it.
  process.on('disconnect', () => process.exit())
  process.send({ url })
}

function sourceOf(through: string): PageSource {
  switch (through) {
    case 'none':
      return uncachedPages(database)
    case 'library':
      return libraryPages(database)
    case 'service':
      return servicePages(database, values.service)
    default:
      throw new Error(`Cannot read through ${through}: expected none, library or service`)
  }
}

function silenced(source: PageSource): PageSource {
  return {
    read: source.read,
    productChanged: async () => undefined,
    categoryChanged: async () => undefined,
  }
}
