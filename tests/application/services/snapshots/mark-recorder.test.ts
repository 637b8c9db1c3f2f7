import { describe, expect, it } from 'vitest'
import { MarkRecorder } from '../../../../src/application/services/snapshots/mark-recorder.ts'
import { parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { fakeLog } from '../../../fakes/fake-snapshots.ts'

const prefix = (text: string) => ({ kind: 'prefix', prefix: text }) as const

describe('MarkRecorder', () => {
  it('keeps the newest mark of each scope of each namespace, soft ones beside hard ones', () => {
    const log = fakeLog()
    log.mark(prefix('before:'))
    const recorder = new MarkRecorder(log)
    log.mark(prefix('a:'))
    log.mark(prefix('a:'))
    log.mark(prefix('a:'), { soft: true })
    log.mark(prefix('a:'), { namespace: 'other' })
    log.mark(prefix('b:'))
    const scope = prefix('a:')
    expect([...recorder.marks()]).toEqual([
      { namespace: 'ns', scope, soft: false, seq: 3 },
      { namespace: 'ns', scope, soft: true, seq: 4 },
      { namespace: 'other', scope, soft: false, seq: 5 },
      { namespace: 'ns', scope: prefix('b:'), soft: false, seq: 6 },
    ])
    expect([recorder.count, recorder.isOverrun]).toEqual([5, false])
  })

  it('keeps each mark of a dependency, since more may depend on it each time', () => {
    const log = fakeLog()
    const recorder = new MarkRecorder(log)
    const [d, e] = ['d', 'e'].map(parseDependencyName)
    if (d === undefined || e === undefined) throw new Error('two names')
    log.mark({ kind: 'dependency', dependency: d, closure: [d, e] })
    log.mark({ kind: 'dependency', dependency: d, closure: [d] })
    expect([...recorder.marks()].map((mark) => mark.seq)).toEqual([1, 2])
  })

  it('says when more scopes came than it keeps; known ones still count', () => {
    const log = fakeLog()
    const recorder = new MarkRecorder(log, 2)
    for (const text of ['a:', 'b:', 'a:']) log.mark(prefix(text))
    expect(recorder.isOverrun).toBe(false)
    log.mark(prefix('c:'))
    expect([recorder.isOverrun, recorder.count]).toEqual([true, 4])
  })

  it('hears nothing after its end', () => {
    const log = fakeLog()
    const recorder = new MarkRecorder(log)
    recorder.end()
    log.mark(prefix('a:'))
    expect([recorder.count, log.listeners]).toEqual([0, 0])
  })
})
