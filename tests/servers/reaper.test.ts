import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeWithRedis } from './describe-with-redis.ts'
import { eventually } from './eventually.ts'

const HELPER = fileURLToPath(new URL('redis-server.ts', import.meta.url))
const CODE = `
import { startRedisServer } from ${JSON.stringify(HELPER)}
const frozen = await startRedisServer()
const idle = await startRedisServer()
const stopped = await startRedisServer()
frozen.freeze()
const pids = [frozen.pid, idle.pid, stopped.pid]
await stopped.stop()
console.log(JSON.stringify({ pids, folder: idle.folder }))
if (process.argv.includes('--stay')) setInterval(() => {}, 1_000)
`

/** A process that ended, but that nobody has waited for, is a zombie: it runs no more. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

interface Started {
  readonly pids: readonly number[]
  readonly folder: string
}

async function startElsewhere(...args: string[]) {
  const script = ['--import', 'tsx', '--input-type=module', '--eval', CODE, '--', ...args]
  const child = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const started = await new Promise<Started>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString())))
    void ended.then((code) => reject(new Error(`ended with ${code}`)))
  })
  return { child, ended, ...started }
}

async function gone({ pids, folder }: Started): Promise<void> {
  await eventually('see the servers gone', () => !pids.some(runs))
  await eventually('see their files gone', () => !existsSync(folder) && !existsSync(`${folder}/..`))
}

describeWithRedis('What a process leaves behind', () => {
  it('is nothing, if the process is killed', async () => {
    const started = await startElsewhere('--stay')
    expect(started.pids.map(runs)).toEqual([true, true, false])
    expect(existsSync(started.folder)).toBe(true)
    started.child.kill('SIGKILL')
    await started.ended
    await gone(started)
  })

  it('is nothing, if the process ends without stopping its servers, which do not keep it alive', async () => {
    const started = await startElsewhere()
    expect(await started.ended).toBe(0)
    await gone(started)
  })
})
