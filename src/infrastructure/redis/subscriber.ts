import type { Random } from '../../core/protocols/random.ts'
import type { RedisEndpoint } from '../../core/protocols/redis-options.ts'
import {
  RedisFailure,
  type RedisListener,
  type RedisSubscription,
} from '../../core/protocols/redis-transport.ts'
import type { CancelTask, Scheduler } from '../../core/protocols/scheduler.ts'
import { reconnectDelay } from './connection/reconnect-delay.ts'
import { type ConnectionPorts, RedisConnection } from './connection/redis-connection.ts'

/** How often an idle connection is asked for a sign of life, in milliseconds: nobody else would notice its silence. */
const PING_MS = 1000

/** What a subscriber works with. */
export interface SubscriberPorts extends Omit<ConnectionPorts, 'onLost'> {
  readonly scheduler: Scheduler
  readonly random: Random
  /** Where to listen; `undefined`: nowhere at the moment, `revise` will be called when there is. */
  readonly endpoint: () => RedisEndpoint | undefined
  /** Told why listening failed. Must not throw. */
  readonly onFailure: (error: unknown) => void
}

interface Channel {
  readonly listeners: Set<RedisListener>
  isListening: boolean
}

/** Hears channels on a connection of its own, so that no large value stands before a message. */
export class Subscriber {
  readonly #ports: SubscriberPorts
  readonly #channels = new Map<string, Channel>()
  #connection: RedisConnection | undefined
  #endpoint: RedisEndpoint | undefined
  #isOpening = false
  #failedAttempts = 0
  #cancelRetry: CancelTask | undefined
  #cancelPing: CancelTask | undefined
  #isClosed = false

  constructor(ports: SubscriberPorts) {
    this.#ports = ports
  }

  subscribe(name: string, listener: RedisListener): RedisSubscription {
    const channel = this.#channels.get(name) ?? { listeners: new Set(), isListening: false }
    this.#channels.set(name, channel)
    // A listener of its own, so that one that subscribes twice is told twice, and ends once.
    const own: RedisListener = {
      onMessage: (message) => listener.onMessage(message),
      onState: (isListening) => listener.onState(isListening),
    }
    channel.listeners.add(own)
    if (channel.isListening) queueMicrotask(() => channel.listeners.has(own) && own.onState(true))
    else if (this.#connection?.isOpen && channel.listeners.size === 1)
      this.#listen(this.#connection, name, channel)
    this.revise()
    return { ping: () => this.#ping(), close: () => this.#unsubscribe(name, channel, own) }
  }

  /** To be called when the place to listen may have changed. */
  revise(): void {
    if (this.#isClosed || this.#channels.size === 0) return
    const endpoint = this.#ports.endpoint()
    if (endpoint === undefined || endpoint === this.#endpoint) return
    this.#drop()
    this.#failedAttempts = 0
    this.#open(endpoint)
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#drop()
  }

  #open(endpoint: RedisEndpoint): void {
    if (this.#isOpening) return
    this.#isOpening = true
    this.#cancelRetry?.()
    this.#endpoint = endpoint
    this.#connect(endpoint)
      .catch((error: unknown) => this.#retry(error))
      .finally(() => {
        this.#isOpening = false
        // The place may have changed while this one was tried.
        if (this.#connection !== undefined) this.revise()
      })
      .catch(() => undefined)
  }

  async #connect(endpoint: RedisEndpoint): Promise<void> {
    const connection = await RedisConnection.open(endpoint, {
      ...this.#ports,
      onLost: (error) => {
        if (this.#connection !== connection) return
        this.#drop()
        this.#retry(error)
      },
    })
    if (this.#isClosed || this.#channels.size === 0) {
      this.#endpoint = undefined
      connection.close()
      return
    }
    this.#connection = connection
    this.#failedAttempts = 0
    for (const [name, channel] of this.#channels) this.#listen(connection, name, channel)
    this.#cancelPing = this.#ports.scheduler.every(PING_MS, () => {
      this.#ping().catch(() => undefined)
    })
  }

  #listen(connection: RedisConnection, name: string, channel: Channel): void {
    const hear = (message: Uint8Array): void => {
      for (const listener of channel.listeners) listener.onMessage(message)
    }
    connection.subscribe(name, hear).then(
      () => this.#setListening(channel, this.#connection === connection),
      (error: unknown) => {
        // A lost connection is reported by itself; here the server has said no.
        if (this.#connection !== connection || !connection.isOpen) return
        this.#drop()
        this.#retry(error)
      },
    )
    // The subscription itself has no deadline; what is asked behind it has.
    this.#ping().catch(() => undefined)
  }

  #setListening(channel: Channel, isListening: boolean): void {
    if (channel.isListening === isListening) return
    channel.isListening = isListening
    for (const listener of channel.listeners) listener.onState(isListening)
  }

  #ping(): Promise<boolean> {
    const connection = this.#connection
    if (connection === undefined) return Promise.resolve(false)
    return new Promise((resolve) => {
      connection.write([['PING']], {
        onReply: (_, reply) => resolve(!(reply instanceof RedisFailure)),
      })
    })
  }

  #unsubscribe(name: string, channel: Channel, listener: RedisListener): void {
    channel.listeners.delete(listener)
    if (channel.listeners.size > 0 || this.#channels.get(name) !== channel) return
    this.#channels.delete(name)
    if (this.#channels.size === 0) this.#drop()
    // What isn't confirmed comes to nobody: no listener is left.
    else this.#connection?.unsubscribe(name).catch(() => undefined)
  }

  #drop(): void {
    this.#cancelPing?.()
    this.#connection?.close()
    this.#connection = undefined
    this.#endpoint = undefined
    for (const channel of this.#channels.values()) this.#setListening(channel, false)
  }

  #retry(error: unknown): void {
    if (this.#isClosed) return
    this.#ports.onFailure(error)
    const { scheduler, random } = this.#ports
    const delayMs = reconnectDelay(this.#failedAttempts, random.next())
    this.#failedAttempts += 1
    this.#cancelRetry?.()
    this.#cancelRetry = scheduler.after(delayMs, () => {
      this.#endpoint = undefined
      this.revise()
    })
  }
}
