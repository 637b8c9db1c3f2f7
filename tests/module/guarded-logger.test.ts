import { describe, expect, it } from 'vitest'
import { guardedLogger } from '../../src/module/guarded-logger.ts'
import { keepingLogger } from '../fakes/keeping-logger.ts'

describe('guardedLogger', () => {
  it('hands on what is said, at its level', () => {
    const { logger, lines } = keepingLogger()
    const guarded = guardedLogger(logger)
    guarded.warn({ a: 1 }, 'first')
    guarded.error({ b: 2 }, 'second')
    expect(lines).toEqual([
      ['warn', 'first', { a: 1 }],
      ['error', 'second', { b: 2 }],
    ])
  })

  it.each(['warn', 'error'] as const)('survives a logger whose %s throws', (level) => {
    const asked: string[] = []
    const fail = (name: string) => (): never => {
      asked.push(name)
      throw new Error('the disk is full')
    }
    const guarded = guardedLogger({ warn: fail('warn'), error: fail('error') })
    expect(() => guarded[level]({}, 'said')).not.toThrow()
    expect(asked).toEqual([level])
  })

  it('calls the logger as a method of itself, as loggers with state need it', () => {
    class Counting {
      count = 0
      warn(): void {
        this.count += 1
      }
      error(): void {
        this.count += 10
      }
    }
    const logger = new Counting()
    const guarded = guardedLogger(logger)
    guarded.warn({}, 'a')
    guarded.error({}, 'b')
    expect(logger.count).toBe(11)
  })
})
