import { describe, expect, it } from 'vitest'
import {
  FrameBuffer,
  frameBytesOf,
  readFrame,
  SNAPSHOT_FRAME,
  type SnapshotFrame,
  type SnapshotFrameKind,
} from '../../../src/infrastructure/snapshots/snapshot-frame.ts'
import {
  headerContent,
  readHeader,
  SnapshotOutline,
} from '../../../src/infrastructure/snapshots/snapshot-outline.ts'
import { HEADER } from './snapshot-files.ts'

type Part = readonly [SnapshotFrameKind, unknown]

/** Frames with these payloads, at the offsets that they would have in a file. */
function framesOf(parts: readonly Part[]): SnapshotFrame[] {
  const frames = new FrameBuffer()
  let offset = 12
  return parts.map(([kind, content]) => {
    if (content instanceof Uint8Array) {
      frames.begin(kind)
      frames.putBytes(content)
      frames.end()
    } else frames.putJson(kind, content)
    const bytes = Buffer.from(frames.take())
    const frame = readFrame(bytes, offset)
    offset += frameBytesOf(bytes)
    return frame
  })
}

function outlineOf(parts: readonly Part[]): SnapshotOutline {
  const outline = new SnapshotOutline()
  for (const frame of framesOf(parts)) outline.note(frame)
  return outline
}

const { namespace, entry, mark, dependency, position, end, header } = SNAPSHOT_FRAME
const bytes = (text: string) => Buffer.from(text)
const NAMESPACE: Part = [namespace, bytes('one')]
const ENTRY: Part = [entry, bytes('payload')]
const MARK: Part = [mark, { namespace: 'one', seq: 1, soft: false, scope: { kind: 'namespace' } }]
const DEPENDENCY: Part = [dependency, { dependent: 'a', dependsOn: ['b'] }]
const POSITION: Part = [position, { seq: 3 }]
const digest = Buffer.alloc(32, 9)

function endOf(entries: number): Part {
  const count = Buffer.alloc(8)
  count.writeDoubleLE(entries)
  return [end, Buffer.concat([count, digest])]
}

describe('SnapshotOutline', () => {
  it('knows where the entries of each namespace lie, and what follows them', () => {
    const two: Part = [namespace, bytes('two')]
    const parts = [NAMESPACE, ENTRY, ENTRY, two, MARK, DEPENDENCY, POSITION, endOf(2)]
    const outline = outlineOf(parts)
    const offsets = framesOf(parts).map((frame) => frame.offset)
    expect(outline.sections).toEqual([
      { namespace: 'one', startOffset: offsets[1], endOffset: offsets[3], entries: 2 },
      { namespace: 'two', startOffset: offsets[4], endOffset: offsets[4], entries: 0 },
    ])
    expect(outline.marks).toEqual([MARK[1]])
    expect(outline.dependencies).toEqual([DEPENDENCY[1]])
    expect([outline.headSeq, outline.digest?.equals(digest)]).toEqual([3, true])
  })

  it('has no digest and no position until they came', () => {
    const outline = outlineOf([NAMESPACE, ENTRY])
    expect([outline.headSeq, outline.digest]).toEqual([undefined, undefined])
  })

  it.each<[string, readonly Part[]]>([
    ['an entry of no namespace', [ENTRY]],
    ['a namespace twice', [NAMESPACE, NAMESPACE]],
    ['an entry in the tail', [NAMESPACE, MARK, ENTRY]],
    ['a namespace in the tail', [DEPENDENCY, NAMESPACE]],
    ['an end without a position', [NAMESPACE, endOf(0)]],
    ['an end that is too short', [POSITION, [end, bytes('short')]]],
    ['anything after the end', [POSITION, endOf(0), MARK]],
    ['a second end', [POSITION, endOf(0), endOf(0)]],
    ['a second header', [[header, {}]]],
    ['a kind that nobody knows', [[99 as SnapshotFrameKind, {}]]],
  ])('refuses %s', (_, parts) => {
    expect(() => outlineOf(parts)).toThrow(/^it has a frame that does not belong at byte \d+$/)
  })

  it.each([1, 3])('refuses an end that counts %i entries where there are 2', (count) => {
    const parts = [NAMESPACE, ENTRY, ENTRY, POSITION, endOf(count)]
    expect(() => outlineOf(parts)).toThrow('entries of it are missing')
  })

  it.each<[string, Part]>([
    ['text that is no JSON', [mark, bytes('{')]],
    ['a mark without a place', [mark, { namespace: 'one', soft: false, scope: { kind: 'key' } }]],
    ['a mark without a namespace', [mark, { seq: 1, soft: false, scope: { kind: 'namespace' } }]],
    ['a mark that may be soft', [mark, { namespace: 'a', seq: 1, scope: { kind: 'namespace' } }]],
    ['a mark without a scope', [mark, { namespace: 'a', seq: 1, soft: false }]],
    ['a scope of an unknown kind', [mark, markOf({ kind: 'moon' })]],
    ['a scope with a wrong key', [mark, markOf({ kind: 'key', key: 'a*' })]],
    ['a prefix that is none', [mark, markOf({ kind: 'prefix', prefix: 1 })]],
    ['a pattern that is none', [mark, markOf({ kind: 'pattern' })]],
    ['a regex that is none', [mark, markOf({ kind: 'regex', regex: null })]],
    ['a tag that is none', [mark, markOf({ kind: 'tag', tag: '' })]],
    ['a dependency without a closure', [mark, markOf({ kind: 'dependency', dependency: 'a' })]],
    ['a dependency on nobody knows what', [dependency, { dependent: 'a', dependsOn: [1] }]],
    ['a negative position', [position, { seq: -1 }]],
    ['a position that is none', [position, 5]],
  ])('refuses %s', (_, part) => {
    expect(() => outlineOf([part])).toThrow()
  })
})

function markOf(scope: object): object {
  return { namespace: 'one', seq: 1, soft: false, scope }
}

describe('readHeader()', () => {
  const serializer = { id: 3, name: 'structured-clone', node: '20.19.0' }
  const content = headerContent(HEADER, serializer)
  const read = (part: Part) => framesOf([part]).map(readHeader)[0]

  it('reads what headerContent() says', () => {
    expect(read([header, content])).toEqual({ header: HEADER, serializerId: 3 })
  })

  it.each(Object.keys(content).filter((name) => !['serializer', 'node'].includes(name)))(
    'refuses a header without %s',
    (name) => {
      expect(() => read([header, { ...content, [name]: undefined }])).toThrow('that nobody wrote')
    },
  )

  it('refuses another frame', () => {
    expect(() => read([mark, content])).toThrow('it has a frame that nobody wrote')
  })
})
