/** The yardstick: a Fastify server with one route that returns a constant of as many bytes as argv[2] says. */
import Fastify from 'fastify'

const body = Buffer.alloc(Number(process.argv[2]), 'x')
const app = Fastify()
app.get('/v1/caches/:cache/entries/:key', (_request, reply) => reply.send(body))
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.on('SIGTERM', () => process.exit())
