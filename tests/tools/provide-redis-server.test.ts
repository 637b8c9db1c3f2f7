/** Finding and installing the redis-server that the tests need, on machines that only pretend. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findRedisServer } from '../../scripts/redis/find-redis-server.ts'
import type { InstallHost } from '../../scripts/redis/install-redis-server.ts'
import { provideRedisServer } from '../../scripts/redis/provide-redis-server.ts'

const root = mkdtempSync(join(tmpdir(), 'provide-redis-'))
afterAll(() => rmSync(root, { recursive: true }))

let programs = 0

/** A folder with a program that prints `output`, whatever it is asked. */
function folderWith(name: string, output: string, mode = 0o755): string {
  programs += 1
  const folder = join(root, String(programs))
  mkdirSync(folder)
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${output}'\n`)
  chmodSync(join(folder, name), mode)
  return folder
}

const redis = (version: string): string => `Redis server v=${version} sha=00000000:0 malloc=libc`

interface Machine {
  readonly isRoot?: boolean
  readonly commands: readonly string[]
  /** Exit codes of one command after the other; 0 where there is none. */
  readonly codes?: readonly number[]
  readonly onRun?: () => void
}

function machine({ isRoot = true, commands, codes = [], onRun }: Machine) {
  const ran: string[] = []
  const host: InstallHost = {
    isRoot,
    has: (command) => commands.includes(command),
    run: (command, args) => {
      const code = codes[ran.length] ?? 0
      ran.push([command, ...args].join(' '))
      onRun?.()
      return { code, output: 'Reading lists\nE: it went wrong\n' }
    },
  }
  return { host, ran }
}

describe('findRedisServer()', () => {
  it('takes the first of the PATH that may run', () => {
    const forbidden = folderWith('redis-server', redis('7.2.0'), 0o644)
    const first = folderWith('redis-server', redis('7.0.15'))
    const second = folderWith('redis-server', redis('6.2.0'))
    const PATH = [join(root, 'absent'), '', forbidden, first, second].join(delimiter)
    expect(findRedisServer({ PATH })).toEqual({
      path: join(first, 'redis-server'),
      version: [7, 0],
    })
  })

  it('takes Valkey where there is no Redis', () => {
    const valkey = folderWith('valkey-server', 'Valkey server v=8.1.3 sha=00000000:0')
    const path = join(valkey, 'valkey-server')
    expect(findRedisServer({ PATH: valkey })).toEqual({ path, version: [8, 1] })
    const both = [valkey, folderWith('redis-server', redis('7.0.15'))].join(delimiter)
    expect(findRedisServer({ PATH: both })).toMatchObject({ version: [7, 0] })
  })

  it('takes REDIS_SERVER and nothing else, if it is set', () => {
    const PATH = folderWith('redis-server', redis('7.0.15'))
    const mine = join(folderWith('my-redis', redis('7.4.1')), 'my-redis')
    expect(findRedisServer({ PATH, REDIS_SERVER: mine })).toEqual({ path: mine, version: [7, 4] })
    expect(findRedisServer({ PATH, REDIS_SERVER: '' })).toMatchObject({ version: [7, 0] })
    expect(findRedisServer({ PATH, REDIS_SERVER: '/absent/redis' })).toMatchObject({
      path: undefined,
      reason: expect.stringMatching(/^REDIS_SERVER \(\/absent\/redis\) does not run \(.*ENOENT\)$/),
    })
  })

  it.each([
    ['6.1.9', '6.1; expected 6.2 or later'],
    ['5.9.0', '5.9; expected 6.2 or later'],
  ])('refuses version %s', (version, reason) => {
    const PATH = folderWith('redis-server', redis(version))
    expect(findRedisServer({ PATH })).toMatchObject({ reason: expect.stringContaining(reason) })
  })

  it.each([
    ['6.2.0', [6, 2]],
    ['10.0.0', [10, 0]],
  ])('takes version %s', (version, parsed) => {
    const PATH = folderWith('redis-server', redis(version))
    expect(findRedisServer({ PATH })).toMatchObject({ version: parsed })
  })

  it('refuses a program that is something else, and says so if there is none', () => {
    const PATH = folderWith('redis-server', 'hello')
    expect(findRedisServer({ PATH })).toMatchObject({
      reason: `${join(PATH, 'redis-server')} does not say which Redis it is`,
    })
    const none = { path: undefined, reason: 'no redis-server or valkey-server on the PATH' }
    expect(findRedisServer({ PATH: root })).toEqual(none)
    expect(findRedisServer({})).toEqual(none)
  })
})

describe('provideRedisServer()', () => {
  const INSTALL =
    'apt-get -y --no-upgrade -o DPkg::Lock::Timeout=120 --no-install-recommends install redis-server redis-tools openssl'
  const DEBIAN = ['apt-get', 'service']

  it('installs nothing where there is one', () => {
    const { host, ran } = machine({ commands: DEBIAN })
    const PATH = folderWith('redis-server', redis('7.0.15'))
    expect(provideRedisServer({ PATH }, host)).toMatchObject({ version: [7, 0] })
    expect(ran).toEqual([])
  })

  it('installs nothing in place of a wrong REDIS_SERVER', () => {
    const { host, ran } = machine({ commands: DEBIAN })
    const env = { PATH: root, REDIS_SERVER: '/absent' }
    expect(provideRedisServer(env, host)).toMatchObject({ path: undefined })
    expect(ran).toEqual([])
  })

  it('installs the package, stops its service, and finds the server', () => {
    const PATH = folderWith('something', '')
    const { host, ran } = machine({
      commands: DEBIAN,
      onRun: () => {
        writeFileSync(join(PATH, 'redis-server'), `#!/bin/sh\necho '${redis('7.0.15')}'\n`)
        chmodSync(join(PATH, 'redis-server'), 0o755)
      },
    })
    const path = join(PATH, 'redis-server')
    expect(provideRedisServer({ PATH }, host)).toEqual({ path, version: [7, 0] })
    expect(ran).toEqual([INSTALL, 'service redis-server stop'])
  })

  it('keeps systemd from starting the service again, where there is systemd', () => {
    const { host, ran } = machine({ commands: [...DEBIAN, 'systemctl'] })
    provideRedisServer({ PATH: root }, host)
    expect(ran).toContain('systemctl disable --now redis-server')
  })

  it('uses sudo, which never asks, unless it is root', () => {
    const { host, ran } = machine({ isRoot: false, commands: [...DEBIAN, 'sudo'] })
    provideRedisServer({ PATH: root }, host)
    expect(ran).toEqual([`sudo -n ${INSTALL}`, 'sudo -n service redis-server stop'])
  })

  it('fetches the lists of packages if the first try fails', () => {
    const { host, ran } = machine({ commands: DEBIAN, codes: [100, 0, 0] })
    provideRedisServer({ PATH: root }, host)
    expect(ran).toEqual([INSTALL, 'apt-get update', INSTALL, 'service redis-server stop'])
  })

  it.each<[string, Machine]>([
    ['there is no apt-get to install it with', { commands: [] }],
    ['apt-get needs root, and there is no sudo', { isRoot: false, commands: DEBIAN }],
    ['apt-get failed with 100: E: it went wrong', { commands: DEBIAN, codes: [100, 0, 100] }],
  ])('says that %s, and what to do', (reason, description) => {
    const { host, ran } = machine(description)
    const answer = provideRedisServer({ PATH: root }, host)
    expect(answer).toEqual({
      path: undefined,
      reason: `no redis-server or valkey-server on the PATH, and ${reason}. Install Redis 6.2 or later, or set REDIS_SERVER to the path of its redis-server`,
    })
    expect(ran).not.toContain('service redis-server stop')
  })
})
