import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import { askServer } from '../../../../src/infrastructure/redis/topology/ask-server.ts'
import { errorReply, HandServer } from '../batch/batch-stage.ts'

describe('askServer()', () => {
  it('answers all replies together, also past an open breaker, and reports nothing to it', async () => {
    const server = new HandServer('one')
    server.admission = 'refuse'
    const asked = askServer(server, [['ROLE'], ['PING']])
    server.answer('role', 'PONG')
    expect(await asked).toEqual(['role', 'PONG'])
    expect([server.commands, server.reports]).toEqual([['ROLE', 'PING'], []])
  })

  it.each([errorReply('NOPERM role'), new RedisFailure('lost', 'cut')])(
    'answers nothing when one of them is a failure',
    async (failure) => {
      const server = new HandServer('one')
      const asked = askServer(server, [['ROLE'], ['PING']])
      server.answer(failure, 'PONG')
      expect(await asked).toBeUndefined()
    },
  )
})
