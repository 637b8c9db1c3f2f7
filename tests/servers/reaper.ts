import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Ends what this process started, also when this process is killed: a shell, in a session of its own so that
 * Ctrl-C does not reach it, which reads from a pipe whose other end only we hold. When the pipe closes, for
 * whatever reason, it kills the servers that still run and removes the folder of all of them.
 */
const SCRIPT = `
pids=' '
while read -r verb pid; do
  case $verb in
    watch) pids="$pids$pid " ;;
    release) pids="\${pids%%" $pid "*} \${pids#*" $pid "}" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
rm -rf "$1"
`

interface Reaper {
  readonly shell: ChildProcess
  readonly folder: string
}

let running: Reaper | undefined

function reaper(): Reaper {
  if (running !== undefined) return running
  const folder = mkdtempSync(join(tmpdir(), 'platform-cache-servers-'))
  const shell = spawn('sh', ['-c', SCRIPT, 'reaper', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // It must not keep a process alive that has nothing else to do: that is when its work begins.
  shell.unref()
  const pipe = shell.stdin as Socket
  pipe.unref()
  running = { shell, folder }
  return running
}

/** Where servers of this process keep their files; gone soon after the process. */
export function serversFolder(): string {
  return reaper().folder
}

/** From now on `pid` ends with this process at the latest. */
export function watchProcess(pid: number): void {
  reaper().shell.stdin?.write(`watch ${pid}\n`)
}

/** Says that `pid` has ended, since its number may soon be somebody else's. */
export function releaseProcess(pid: number): void {
  reaper().shell.stdin?.write(`release ${pid}\n`)
}
