import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** The machine in a line, with how busy it is: numbers mean little without it. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memoryGib = Math.round(totalmem() / 2 ** 30)
  const load = loadavg()[0]?.toFixed(1) ?? '?'
  const { platform, arch, versions } = process
  return `${model}, ${availableParallelism()} cores, ${memoryGib} GiB, ${platform} ${arch}, Node ${versions.node}, V8 ${versions.v8}, load ${load}`
}
