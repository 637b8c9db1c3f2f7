/** What can befall a simulated world. */
import type { SimulatedNode } from './simulated-node.ts'
import { type Stage, spawn } from './stage.ts'

/** One kind of misfortune. */
export interface Fault {
  readonly name: string
  readonly strike: (stage: Stage) => void
}

export const FAULTS: readonly Fault[] = [
  { name: 'cut', strike: (stage) => cut(stage, somebody(stage)) },
  {
    name: 'cut all',
    strike: (stage) => {
      for (const node of stage.nodes) cut(stage, node)
    },
  },
  {
    name: 'flap',
    strike: (stage) => {
      for (const node of stage.nodes) node.cutConnection()
    },
  },
  { name: 'black hole', strike: (stage) => during(stage, 'losesRequests') },
  { name: 'half-open', strike: (stage) => during(stage, 'losesAnswers') },
  { name: 'doorbells lost', strike: (stage) => during(stage, 'losesDoorbells') },
  { name: 'slow', strike: (stage) => slow(stage) },
  { name: 'pause', strike: (stage) => somebody(stage).pause(stage.random.between(50, 3000)) },
  { name: 'crash', strike: (stage) => crash(stage) },
  { name: 'freeze', strike: ({ servers, random }) => servers.freeze(random.between(50, 3000)) },
  { name: 'flush all', strike: ({ servers }) => servers.flushAll() },
  { name: 'evict', strike: (stage) => evict(stage) },
  { name: 'empty restart', strike: (stage) => restart(stage, 'empty') },
  { name: 'snapshot', strike: (stage) => restart(stage, 'snapshot') },
  { name: 'redeploy', strike: (stage) => redeploy(stage) },
  { name: 'machine lost', strike: (stage) => loseMachine(stage) },
  { name: 'failover', strike: (stage) => failOver(stage) },
]

/** In a cluster: the servers of values lose what their replica hadn't got. */
export const VALUES_FAILOVER: Fault = {
  name: 'values failover',
  strike: ({ values, random, time }) => {
    values.kill()
    time.after(random.between(5, 1500), () => values.failOver())
  },
}

function somebody({ nodes, random }: Stage): SimulatedNode {
  return random.pick(nodes)
}

function cut({ random, time }: Stage, node: SimulatedNode): void {
  node.link.isCut = true
  if (random.chance(0.7)) node.cutConnection()
  time.after(random.between(20, 2500), () => {
    node.link.isCut = false
  })
}

function during(stage: Stage, what: 'losesRequests' | 'losesAnswers' | 'losesDoorbells'): void {
  const { random, time } = stage
  const nodes = random.chance(0.3) ? stage.nodes : [somebody(stage)]
  for (const node of nodes) {
    node.link[what] = true
    time.after(random.between(50, 3000), () => {
      node.link[what] = false
    })
  }
}

function slow(stage: Stage): void {
  const node = somebody(stage)
  node.link.maxDelayMs = stage.random.pick([50, 240, 600])
  stage.time.after(stage.random.between(200, 2000), () => {
    node.link.maxDelayMs = 1
  })
}

function crash(stage: Stage): void {
  const alive = stage.nodes.filter((node) => node.isAlive)
  if (alive.length < 2) return
  stage.random.pick(alive).crash()
  stage.time.after(stage.random.between(10, 500), () => spawn(stage))
}

/** All nodes end and others begin, as when a new version of a service comes. */
function redeploy(stage: Stage): void {
  for (const node of stage.nodes) node.crash()
  const afterMs = stage.random.between(10, 1000)
  for (let at = 0; at < 3; at += 1) {
    stage.time.after(afterMs + stage.random.between(0, 200), () => spawn(stage))
  }
}

/** A machine is lost that a node and the primary ran on. */
function loseMachine(stage: Stage): void {
  crash(stage)
  failOver(stage)
}

function evict({ values, random, nodes }: Stage): void {
  for (const key of ['k:a', 'k:b', 'm:c']) if (random.chance(0.5)) values.evict(key)
  if (nodes.length === 0) throw new RangeError('Cannot evict: expected a world with nodes')
}

function restart({ servers, random, time, nodes }: Stage, from: 'empty' | 'snapshot'): void {
  servers.saveSnapshot()
  time.after(from === 'snapshot' ? random.between(50, 1500) : 0, () => {
    servers.kill()
    for (const node of nodes) node.cutConnection()
    time.after(random.between(5, 1000), () => servers.restart(from))
  })
}

function failOver({ servers, random, time, nodes }: Stage): void {
  servers.kill()
  for (const node of nodes) if (random.chance(0.8)) node.cutConnection()
  time.after(random.between(5, 1500), () => servers.failOver())
}
