import { type ChildProcess, fork } from 'node:child_process'
import type { RedisOptions } from '../../../src/core/protocols/redis-options.ts'
import { releaseProcess, watchProcess } from '../../servers/reaper.ts'
import type { FromNode, NodeOrder, NodeReport, ToNode } from './node-messages.ts'

/** What a node needs of the test. */
export interface CacheNodePorts {
  readonly truthOf: (key: string) => number
  readonly onReport: (node: number, report: NodeReport) => void
  /** It ended without having been told to. */
  readonly onCrash: (node: number, why: string) => void
}

/** A node in a process of its own. */
export class CacheNode {
  readonly index: number
  isPaused = false
  isEnding = false
  readonly #child: ChildProcess
  readonly #ports: CacheNodePorts
  readonly #ended: Promise<void>
  readonly #answers = new Map<number, { resolve(answer: unknown): void; reject(e: Error): void }>()
  #lastId = 0
  #printed = ''

  constructor(index: number, program: string, redis: RedisOptions, ports: CacheNodePorts) {
    this.index = index
    this.#ports = ports
    this.#child = fork(program, [JSON.stringify(redis)], {
      // Not those of the test runner.
      execArgv: ['--enable-source-maps'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const { pid } = this.#child
    if (pid === undefined) throw new Error('Cannot start a node: it does not run')
    watchProcess(pid)
    this.#child.on('message', (message: FromNode) => this.#onMessage(message))
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#printed += chunk
      })
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        releaseProcess(pid)
        this.#onExit(signal ?? code)
        resolve()
      })
    })
  }

  get canWork(): boolean {
    return !this.isPaused && !this.isEnding
  }

  /** Rejects if the process ends before it has answered. */
  ask(order: NodeOrder): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject })
      if (this.#child.connected) this.#tell({ type: 'order', id, order })
      else reject(new Error(`node ${this.index} has ended`))
    })
  }

  /** SIGSTOP. */
  pause(): void {
    this.isPaused = true
    this.#child.kill('SIGSTOP')
  }

  /** SIGCONT. */
  resume(): void {
    this.isPaused = false
    this.#child.kill('SIGCONT')
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.isEnding = true
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #tell(message: ToNode): void {
    // It may end at any time: then its exit says so.
    this.#child.send(message, () => undefined)
  }

  #onMessage(message: FromNode): void {
    const { truthOf, onReport } = this.#ports
    switch (message.type) {
      case 'answer':
        this.#answers.get(message.id)?.resolve(message.answer)
        this.#answers.delete(message.id)
        break
      case 'ask-truth':
        if (this.#child.connected)
          this.#tell({ type: 'truth', id: message.id, version: truthOf(message.key) })
        break
      case 'report':
        onReport(this.index, message.report)
        break
    }
  }

  #onExit(how: number | string | null): void {
    if (!this.isEnding) this.#ports.onCrash(this.index, `ended by ${how}\n${this.#printed}`)
    for (const { reject } of this.#answers.values())
      reject(new Error(`node ${this.index} has ended`))
    this.#answers.clear()
  }
}
