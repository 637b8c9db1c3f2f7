import Type from 'typebox'
import { type Model, model } from '../model.ts'

/** What lies below one segment of the key tree. */
export interface KeyTreeNode {
  /** The segment, without its colon. */
  readonly segment: string
  /** The path to look below it; `null` if nothing lies there. */
  readonly path: string | null
  /** Keys that are this segment or lie below it. */
  readonly keys: number
  readonly bytes: number
}

/** One level of the key tree, with what lies below it added up. */
export interface KeyTreeResponse {
  readonly path: string
  /** The fullest first, at most 1000. */
  readonly nodes: readonly KeyTreeNode[]
  /** Nodes of this level that are not in the list. */
  readonly omittedNodes: number
  readonly keys: number
  readonly bytes: number
  /** Entries that were looked at. */
  readonly scanned: number
  /** False: there is more than was looked at, and the counts are lower bounds. */
  readonly isComplete: boolean
}

export const KeyTreeResponse: Model<KeyTreeResponse> = model<KeyTreeResponse>()(
  Type.Object({
    path: Type.String(),
    nodes: Type.Array(
      Type.Object({
        segment: Type.String(),
        path: Type.Union([Type.String(), Type.Null()], {
          description: 'To look below it; null if nothing lies there',
        }),
        keys: Type.Integer(),
        bytes: Type.Integer(),
      }),
      { description: 'The fullest first, at most 1000' },
    ),
    omittedNodes: Type.Integer({ description: 'Nodes of this level that are not in the list' }),
    keys: Type.Integer(),
    bytes: Type.Integer(),
    scanned: Type.Integer({ description: 'Entries that were looked at' }),
    isComplete: Type.Boolean({
      description: 'False: there is more, and the counts are lower bounds',
    }),
  }),
)

/** Most nodes of one level in an answer; a level of a million user ids is no tree to look at. */
const MAX_TREE_NODES = 1000

interface Branch {
  keys: number
  bytes: number
  hasBelow: boolean
}

/** Adds keys up by the segment that follows a path. */
export class KeyTreeLevel {
  readonly #path: string
  readonly #branches = new Map<string, Branch>()
  #keys = 0
  #bytes = 0

  /** @param path empty, or ending in `:` */
  constructor(path: string) {
    this.#path = path
  }

  /** Counts a key below the path; ignores any other. */
  add(key: string, sizeBytes: number): void {
    if (!key.startsWith(this.#path)) return
    const colonAt = key.indexOf(':', this.#path.length)
    const segment = key.slice(this.#path.length, colonAt === -1 ? undefined : colonAt)
    const branch = this.#branches.get(segment) ?? { keys: 0, bytes: 0, hasBelow: false }
    this.#branches.set(segment, branch)
    branch.keys += 1
    branch.bytes += sizeBytes
    branch.hasBelow ||= colonAt !== -1
    this.#keys += 1
    this.#bytes += sizeBytes
  }

  response(scanned: number, isComplete: boolean): KeyTreeResponse {
    const nodes = [...this.#branches].map(([segment, { keys, bytes, hasBelow }]) => ({
      segment,
      path: hasBelow ? `${this.#path}${segment}:` : null,
      keys,
      bytes,
    }))
    nodes.sort((a, b) => b.keys - a.keys || b.bytes - a.bytes || (a.segment < b.segment ? -1 : 1))
    return {
      path: this.#path,
      nodes: nodes.slice(0, MAX_TREE_NODES),
      omittedNodes: Math.max(0, nodes.length - MAX_TREE_NODES),
      keys: this.#keys,
      bytes: this.#bytes,
      scanned,
      isComplete,
    }
  }
}
