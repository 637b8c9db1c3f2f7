import { SimulatedNode } from './simulated-node.ts'
import type { World } from './world.ts'

/** A world under way. */
export interface Stage extends World {
  readonly nodes: SimulatedNode[]
  spawned: number
}

/** Starts one more node. */
export function spawn(stage: Stage): SimulatedNode {
  stage.spawned += 1
  const node = new SimulatedNode(stage, `node-${stage.spawned}`)
  stage.nodes.push(node)
  return node
}
