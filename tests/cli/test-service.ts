import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll } from 'vitest'
import type { ServerSettings } from '../../src/server/settings/server-settings.ts'
import { type RunningServer, startServer } from '../../src/server/start-server.ts'
import { settingsWith } from '../server/test-settings.ts'
import { type Outcome, runAt, type TestTerminalOptions } from './test-terminal.ts'

/** A real service for the tests of one file. */
export interface TestService {
  url(): string
  /** Runs a command line against it. */
  run(args: readonly string[], options?: TestTerminalOptions): Promise<Outcome>
}

export function testService(changes: Partial<ServerSettings> = {}): TestService {
  let server: RunningServer | undefined
  beforeAll(async () => {
    server = await startServer(settingsWith(changes), { write: () => undefined })
  })
  afterAll(() => server?.close())
  const url = (): string => server?.publicUrl ?? ''
  return { url, run: (args, options) => runAt(url(), args, options) }
}

/** Something else that speaks HTTP, for answers that the service doesn't give. */
export async function withOtherServer<T>(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  act: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    return await act(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
}
