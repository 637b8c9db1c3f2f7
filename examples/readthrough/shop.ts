import Fastify, { type FastifyInstance } from 'fastify'
import type { PageSource } from './page-source.ts'
import type { ProductDatabase } from './product-database.ts'

/** Asks for one thing by its number. */
interface ById {
  readonly Params: { readonly id: number }
}

const byId = {
  schema: {
    params: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
  },
} as const

/** The shop: pages come through the cache, and whoever changes a row tells the cache before answering. */
export function shop(database: ProductDatabase, pages: PageSource): FastifyInstance {
  const app = Fastify()

  app.get<ById>('/products/:id', byId, async (request, reply) => {
    const { page, isHit } = await pages.read(request.params.id)
    if (page === undefined) return reply.code(404).send({ error: 'no such product' })
    return reply.header('x-cache', isHit ? 'hit' : 'miss').send(page)
  })

  app.post<ById>('/products/:id/price', byId, async (request, reply) => {
    const version = await database.changePrice(request.params.id)
    if (version === undefined) return reply.code(404).send({ error: 'no such product' })
    await pages.productChanged(request.params.id)
    return { version }
  })

  app.post<ById>('/categories/:id/discount', byId, async (request, reply) => {
    const version = await database.changeDiscount(request.params.id)
    if (version === undefined) return reply.code(404).send({ error: 'no such category' })
    await pages.categoryChanged(request.params.id)
    return { version }
  })

  app.get('/numbers', async () => ({ pagesReadFromDatabase: database.pagesRead }))

  return app
}
