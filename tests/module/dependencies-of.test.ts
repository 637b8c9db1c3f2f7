import { afterEach, describe, expect, it } from 'vitest'
import { type SharedStage, sharedStage } from '../fakes/shared-stage.ts'

const stages: SharedStage[] = []
afterEach(async () => {
  for (const one of stages.splice(0)) await one.close()
})

async function stage() {
  const made = sharedStage()
  stages.push(made)
  const [a, b, c] = [made.node(), made.node(), made.node()]
  await made.settle()
  const options = { dependsOn: ['team:9'] }
  await c.cache.set('made from team 9', 'old', options)
  await made.settle()
  const isGone = async () => {
    await made.settle()
    const values = await Promise.all([a, b, c].map(({ cache }) => cache.get('made from team 9')))
    return values.every((value) => value === undefined)
  }
  return { ...made, a, b, isGone }
}

describe('dependenciesOf(), over three nodes', () => {
  it('lets a node honour what another has said', async () => {
    const { a, b, isGone } = await stage()
    a.cache.dependencies.add('team:9', ['org:7'])
    expect(await a.cache.dependencies.settled()).toBe(true)
    await b.cache.invalidate({ dependency: 'org:7' })
    expect(await b.cache.get('made from team 9')).toBeUndefined()
    expect(await isGone()).toBe(true)
  })

  it('takes it back for all', async () => {
    const { a, b, isGone } = await stage()
    a.cache.dependencies.add('team:9', ['org:7'])
    a.cache.dependencies.remove('team:9')
    expect(await a.cache.dependencies.settled()).toBe(true)
    await b.cache.invalidate({ dependency: 'org:7' })
    expect(await isGone()).toBe(false)
  })

  it('honours what was said while the servers were away, once they are back', async () => {
    const { a, b, isGone } = await stage()
    a.link.cut()
    a.cache.dependencies.add('team:9', ['org:7'])
    expect(await a.cache.dependencies.settled()).toBe(false)
    await b.cache.invalidate({ dependency: 'org:7' })
    a.link.heal()
    expect(await isGone()).toBe(true)
  })

  it('says it again to servers that have lost it', async () => {
    const { servers, time, a, b, isGone } = await stage()
    a.cache.dependencies.add('team:9', ['org:7'])
    await a.cache.dependencies.settled()
    servers.flush()
    for (const [name] of [...servers.graph.edges()]) servers.graph.remove(name)
    await time.advance(3000)
    await b.cache.set('made from team 9', 'newer', { dependsOn: ['team:9'] })
    await b.cache.invalidate({ dependency: 'org:7' })
    expect(await isGone()).toBe(true)
  })
})
