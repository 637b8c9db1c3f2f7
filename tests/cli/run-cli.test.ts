import { describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/run-cli.ts'
import { withOtherServer } from './test-service.ts'
import { run, runAt, testTerminal } from './test-terminal.ts'

const COMMANDS = [
  'serve',
  'get',
  'set',
  'delete',
  'invalidate',
  'keys',
  'explain',
  'stats',
  'config',
  'version',
]

describe('platform-cache --help', () => {
  it('begins with examples, lists every command, and explains the exit codes', async () => {
    const { code, out, err } = await run(['--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Examples:\n {2}platform-cache serve\n/)
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(out).toContain('Exit codes: 0 ok, 1 failure, 2 wrong usage')
  })

  it.each([
    ...COMMANDS.filter((command) => command !== 'config').map((command) => [command]),
    ['config', 'show'],
    ['config', 'validate'],
    ['config', 'create-key'],
  ])('%s %s --help begins with examples of it', async (...command) => {
    const { code, out } = await run([...command.filter((word) => word !== undefined), '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Examples:\\n.*platform-cache ${command.join(' ').trim()}`))
    expect(out).toContain('Usage: platform-cache ')
    expect(out).toContain('--no-color')
  })

  it('is also the command help', async () => {
    const helped = await run(['help', 'get'])
    const asked = await run(['get', '--help'])
    expect(helped).toEqual(asked)
  })

  it('comes on stderr, as wrong usage, when no command is given', async () => {
    const { code, out, err } = await run([])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: platform-cache ')
  })
})

describe('platform-cache with a slip of the finger', () => {
  it.each([
    [['gett', 'a'], "unknown command 'gett'\n(Did you mean get?)"],
    [['sta'], "unknown command 'sta'\n(Did you mean stats?)"],
    [['config', 'shwo'], "unknown command 'shwo'\n(Did you mean show?)"],
    [['get', 'a', '--chace', 'x'], "unknown option '--chace'\n(Did you mean --cache?)"],
    [['set', 'a', 'b', '--tll', '5m'], "unknown option '--tll'\n(Did you mean --ttl?)"],
    [['serve', '--prot', '1'], "unknown option '--prot'\n(Did you mean --port?)"],
    [['get', 'a', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)"],
  ])('%j names the right word', async (args, message) => {
    const { code, out, err } = await run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(`error: ${message}`)
  })

  it('lists what there is where no word is near', async () => {
    const { code, err } = await run(['get', 'a', '--namespace', 'x'])
    expect(code).toBe(2)
    expect(err).toContain("error: unknown option '--namespace'\nThere is: --stale --json --cache ")
    expect(err).toContain('More: platform-cache get --help')
    expect((await run(['purge'])).err).toContain(`There is: ${COMMANDS.join(' ')}\n`)
  })

  it.each([
    [['get'], "missing required argument 'key'"],
    [['get', 'a', 'b'], 'too many arguments'],
    [['get', 'a', '--cache'], "option '--cache <name>' argument missing"],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await run(args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

describe('platform-cache with options before the command', () => {
  it('reads them as if they stood behind it', async () => {
    expect(await run(['--json', 'version'])).toEqual(await run(['version', '--json']))
    const options = ['--url', 'http://127.0.0.1:1', '--timeout', '1s']
    expect(await run([...options, 'get', 'a'])).toEqual(await run(['get', ...options, 'a']))
  })

  it('still takes what is no command for an unknown option or command', async () => {
    expect((await run(['--jso'])).err).toContain("unknown option '--jso'")
    expect((await run(['frob', 'get'])).err).toContain("unknown command 'frob'")
  })
})

describe('platform-cache in colour', () => {
  const RED = '\u001b[31m'

  it.each([
    { where: 'on a terminal', isTTY: true, isColoured: true },
    { where: 'elsewhere', isTTY: false, isColoured: false },
    { where: 'with NO_COLOR', environment: { NO_COLOR: '1' }, isTTY: true, isColoured: false },
    {
      where: 'with an empty NO_COLOR',
      environment: { NO_COLOR: '' },
      isTTY: true,
      isColoured: true,
    },
    { where: 'with --no-color', args: ['--no-color'], isTTY: true, isColoured: false },
    {
      where: 'elsewhere with FORCE_COLOR',
      environment: { FORCE_COLOR: '1' },
      isTTY: false,
      isColoured: true,
    },
    {
      where: 'with FORCE_COLOR and NO_COLOR',
      environment: { FORCE_COLOR: '1', NO_COLOR: '1' },
      isTTY: true,
      isColoured: false,
    },
  ])('$where: $isColoured', async ({ args = [], environment = {}, isTTY, isColoured }) => {
    for (const line of [['--nope'], ['a', '--url', 'nope']]) {
      const { err } = await run(['get', ...line, ...args], { environment, isTTY })
      expect(err.includes(RED)).toBe(isColoured)
      expect(err).toContain('error:')
    }
  })

  it('keeps colours out of help that goes into a file', async () => {
    expect((await run(['--help'])).out).not.toContain('\u001b[')
    expect((await run(['--help'], { isTTY: true })).out).toContain('\u001b[1m')
    expect((await run(['--help', '--no-color'], { isTTY: true })).out).not.toContain('\u001b[')
  })
})

describe('platform-cache when something fails', () => {
  it('says it on stderr in one line', async () => {
    const { code, out, err } = await run(['get', 'a', '--url', 'nope'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(
      'error: Cannot use the URL: expected one such as http://127.0.0.1:7400, got "nope"\n',
    )
  })

  it('with --json says it as JSON, with the code of the problem', async () => {
    const problem = { code: 'CACHE_ENTRY_NOT_FOUND', detail: 'Cannot find "a"' }
    const outcome = await withOtherServer(
      (_request, response) => {
        response.writeHead(404, { 'content-type': 'application/problem+json' })
        response.end(JSON.stringify(problem))
      },
      (url) => runAt(url, ['get', 'a', '--json']),
    )
    expect([outcome.code, outcome.out]).toEqual([4, ''])
    expect(JSON.parse(outcome.err)).toEqual({
      error: { message: problem.detail, code: problem.code, exitCode: 4 },
    })
    const usage = await run(['get', 'a', '--json', '--url', 'nope'])
    expect(JSON.parse(usage.err)).toMatchObject({ error: { code: null, exitCode: 2 } })
  })

  it('tells where a mistake of ours happened', async () => {
    const terminal = testTerminal()
    const stdout = {
      write: () => {
        throw new RangeError('no paper')
      },
    }
    expect(await runCli(['version'], { ...terminal, stdout })).toBe(1)
    expect(terminal.err()).toMatch(/^error: This should not happen: RangeError: no paper\n +at /)
  })
})
