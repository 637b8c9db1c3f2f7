import { describe, expect, it } from 'vitest'
import {
  beginSweepCall,
  readBeginSweepReply,
  removeSweptCall,
  retireCall,
  retiredCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/begin-sweep-call.ts'
import { LOG } from './script-stage.ts'

const terms = { token: 'mine', position: { generation: 'g', seq: 7 }, runId: 'run' }

// What they do on a server is said by the tests of RedisSweepStore.
describe('the calls of a sweep', () => {
  it('name what they work on, all in the slot of the log', () => {
    const names = [LOG.head, LOG.marks, LOG.sweep]
    expect(beginSweepCall(LOG, 'mine', 5)).toMatchObject({ keys: names, args: ['mine', '5'] })
    expect(retireCall(LOG, terms, ['a', 'b'])).toMatchObject({
      keys: names,
      args: ['g', 'mine', 'run', '7', 'a', 'b'],
    })
    const told = retiredCall(LOG, terms, { maxRecords: 9, isTold: true })
    expect(told).toMatchObject({ keys: [...names, LOG.log] })
    expect(told.args.at(-1)).toBe('[1,"mine",0,"","retired",7]')
    expect(retiredCall(LOG, terms, { maxRecords: 9, isTold: false }).args.at(-1)).toBe('')
  })

  it('name the values to remove, each with its header', () => {
    const identity = Buffer.from('header')
    expect(removeSweptCall([{ name: 'value', identity }])).toMatchObject({
      keys: ['value'],
      args: [identity],
    })
  })
})

describe('readBeginSweepReply()', () => {
  it.each([
    [[0], { kind: 'idle' }],
    [[1], { kind: 'held' }],
    [[2, 'g', '7', 1], { kind: 'begun', position: { generation: 'g', seq: 7 }, isClean: true }],
    [[2, 'g', '7', 0], { kind: 'begun', position: { generation: 'g', seq: 7 }, isClean: false }],
  ])('reads %j', (reply, read) => {
    expect(readBeginSweepReply(reply)).toEqual(read)
  })

  it.each([[null], [[]], [[2]], [[2, '', '7']], [[9]]])('says of %j that it is none', (reply) => {
    expect(readBeginSweepReply(reply)).toMatchObject({ kind: 'fault' })
  })
})
