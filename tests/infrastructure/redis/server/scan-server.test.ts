import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import { scanServer } from '../../../../src/infrastructure/redis/server/scan-server.ts'
import { errorReply, HandServer } from '../batch/batch-stage.ts'

const OPTIONS = { match: 'cache:*', count: 100 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('scanServer()', () => {
  it('begins at 0, and goes on where the cursor says', async () => {
    const server = new HandServer('one')
    const first = scanServer(server, undefined, OPTIONS)
    server.answer([bytes('17'), [bytes('cache:a')]])
    const page = await first
    expect(page).toEqual({ keys: [bytes('cache:a')], cursor: 'run/17' })
    const last = scanServer(server, 'run/17', OPTIONS)
    server.answer([bytes('0'), []])
    expect(await last).toEqual({ keys: [], cursor: undefined })
    expect(server.commands).toEqual([
      'SCAN 0 MATCH cache:* COUNT 100',
      'SCAN 17 MATCH cache:* COUNT 100',
    ])
  })

  it('refuses a cursor of a server that was started anew', async () => {
    const server = new HandServer('one')
    expect(await scanServer(server, 'earlier/17', OPTIONS)).toMatchObject({ kind: 'offline' })
    expect(server.commands).toEqual([])
  })

  it('fails as the server fails, and reports that', async () => {
    const server = new HandServer('one')
    const lost = scanServer(server, undefined, OPTIONS)
    server.answer(new RedisFailure('lost', 'cut'))
    expect(await lost).toMatchObject({ kind: 'lost' })
    const denied = scanServer(server, undefined, OPTIONS)
    server.answer(errorReply('NOPERM scan'))
    expect(await denied).toMatchObject({ code: 'NOPERM' })
    const strange = scanServer(server, undefined, OPTIONS)
    server.answer('OK')
    expect(await strange).toMatchObject({ kind: 'reply', code: 'ERR' })
    expect(server.reports).toEqual(['pass failure', 'pass success', 'pass success'])
    server.admission = 'refuse'
    expect(await scanServer(server, undefined, OPTIONS)).toMatchObject({ kind: 'refused' })
  })
})
