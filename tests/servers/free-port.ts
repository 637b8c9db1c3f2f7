import { createServer } from 'node:net'

/**
 * Below the range from which the kernel takes ports for outgoing connections: a server that is killed and
 * started again must find its own port free. The upper half belongs to the cluster bus, port + 10000.
 */
const FIRST = 12_000
const COUNT = 10_000
const BUS_OFFSET = 10_000
const ATTEMPTS = 100

/** A loopback port that nobody listens on, and neither on port + BUS_OFFSET. Somebody may be quicker. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port
  }
  throw new Error(
    `Cannot find a free port: ${ATTEMPTS} between ${FIRST} and ${FIRST + COUNT} are taken`,
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
