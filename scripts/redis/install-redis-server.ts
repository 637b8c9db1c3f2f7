/** The machine to install on; a record, so that tests can hand in one that notes what is asked of it. */
export interface InstallHost {
  readonly isRoot: boolean
  has(command: string): boolean
  /** Runs to the end, and answers the exit code and what was printed. Never asks a person anything. */
  run(command: string, args: readonly string[]): { readonly code: number; readonly output: string }
}

/** The server, redis-cli for a person who wants to look, and openssl, which makes the certificates. */
const PACKAGES = ['redis-server', 'redis-tools', 'openssl']
const INSTALL = [
  '-y',
  '--no-upgrade',
  '-o',
  'DPkg::Lock::Timeout=120',
  '--no-install-recommends',
  'install',
]
const NO_SERVICE = 'redis-server'

/**
 * Installs the Debian packages, and stops the service that comes with them: tests start servers of their
 * own, and nobody asked for one on port 6379. Answers why it could not, or undefined if it could.
 */
export function installRedisServer(host: InstallHost): string | undefined {
  if (!host.has('apt-get')) return 'there is no apt-get to install it with'
  if (!host.isRoot && !host.has('sudo')) return 'apt-get needs root, and there is no sudo'
  const asRoot = (command: string, ...args: string[]) =>
    host.isRoot ? host.run(command, args) : host.run('sudo', ['-n', command, ...args])
  let { code, output } = asRoot('apt-get', ...INSTALL, ...PACKAGES)
  if (code !== 0) {
    // The lists of packages may be absent, as in a fresh container, or too old.
    asRoot('apt-get', 'update')
    ;({ code, output } = asRoot('apt-get', ...INSTALL, ...PACKAGES))
  }
  if (code !== 0) return `apt-get failed with ${code}: ${output.trim().split('\n').at(-1)}`
  if (host.has('systemctl')) asRoot('systemctl', 'disable', '--now', NO_SERVICE)
  // Without systemd; also where systemctl exists and no systemd runs. Harmless if nothing was started.
  if (host.has('service')) asRoot('service', NO_SERVICE, 'stop')
  return undefined
}
