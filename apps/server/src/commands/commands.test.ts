import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestServer } from '../create-test-server.ts'
import { createServer } from '../index.ts'
import { data, folder, parlour, signIn, startServer, undo, withFolders } from './commands.fixture.ts'
import { run } from './terminal.fixture.ts'

withFolders()

describe.each([
  ['with a running server', true],
  ['with no server', false],
])('user commands %s', (_, isLive) => {
  beforeEach(async () => {
    if (isLive) await startServer()
  })
  const note = (): string => (isLive ? '' : `No server runs on ${data}: its database is opened directly.\n`)

  test('add takes the password from what is piped in, a file, or makes one; list shows the accounts', async () => {
    expect(await parlour('user add alice@localhost', 'secret\n')).toEqual({
      ...{ code: 0, output: 'alice@localhost can sign in now.\n', errors: note() },
    })
    writeFileSync(join(folder, 'password'), 'from a file\n')
    expect((await parlour(`user add bob@localhost --password-file ${join(folder, 'password')}`)).code).toBe(0)
    const generated = await parlour('user add carol@localhost --generate')
    expect(generated.output).toMatch(/^carol@localhost can sign in now, with this password:\n[a-zA-Z2-9]{20}\n$/)
    const { output } = await parlour('user list')
    expect(output.split('\n').map((line) => line.split(' ')[0])).toEqual([
      ...['alice@localhost', 'bob@localhost', 'carol@localhost', ''],
    ])
  })

  test.each([
    ['user add alice@example.org --generate', 'this server does not serve example.org: it serves localhost\n', 1],
    [
      'user add alice --generate',
      '"alice" is not an address: do you mean alice@localhost?\n\nSee: parlour user add --help\n',
      2,
    ],
    ['user add @localhost --generate', '"@localhost" is not an address; one looks like alice@localhost\n', 1],
    [
      'user add a@localhost/x --generate',
      '"a@localhost/x" has a resource: the account is a@localhost\n\nSee: parlour user add --help\n',
      2,
    ],
    ['user add', 'which account? Give its address, such as alice@localhost\n\nSee: parlour user add --help\n', 2],
    ['user add a@localhost', 'the password is empty: nothing was changed\n\nSee: parlour user add --help\n', 2],
    ['user passwd nobody@localhost --generate', 'there is no account nobody@localhost\n', 1],
    ['user remove nobody@localhost', 'there is no account nobody@localhost\n', 1],
    ['user list example.org', 'this server does not serve example.org: it serves localhost\n', 1],
  ])('%s: %s', async (line, message, code) => {
    const ran = await parlour(line)
    expect([ran.errors.replace(note(), ''), ran.code, ran.output]).toEqual([message, code, ''])
  })

  test('a password among the arguments is refused, and not repeated', async () => {
    const { code, errors } = await parlour('user add alice@localhost hunter2')
    expect([code, errors]).toEqual([2, expect.stringContaining('could be read by everybody on this machine')])
    expect(errors).not.toContain('hunter2')
  })

  test('twice the same account is refused', async () => {
    await parlour('user add alice@localhost', 'x')
    const { code, errors } = await parlour('user add alice@localhost', 'y')
    expect([code, errors]).toEqual([1, `${note()}the account alice@localhost exists already\n`])
  })

  test('--from makes an account of each line, and names the lines that are wrong', async () => {
    const lines = [
      '# two columns',
      'a@localhost one',
      'b@localhost two words ',
      '',
      'c@example.org x',
      'd@localhost',
      'a@localhost x',
    ]
    const { code, output, errors } = await parlour('user add --from -', `${lines.join('\n')}\n`)
    expect([code, output]).toEqual([1, '2 accounts made, 3 not:\n'])
    expect(
      errors
        .replace(note(), '')
        .trim()
        .split('\n')
        .map((line) => line.trim())
        .sort(),
    ).toEqual([
      'line 5: this server does not serve example.org: it serves localhost',
      'line 6: has no password behind the address',
      'line 7: the account a@localhost exists already',
    ])
  })

  test('disable and enable; remove leaves nothing', async () => {
    await parlour('user add alice@localhost', 'x')
    expect((await parlour('user disable alice@localhost')).output).toContain('cannot sign in any more')
    expect((await parlour('user list')).output).toContain('disabled')
    expect((await parlour('user enable alice@localhost')).code).toBe(0)
    expect((await parlour('user list --json')).output).toContain('"isDisabled":false')
    expect((await parlour('user remove alice@localhost')).code).toBe(0)
    expect((await parlour('user list')).output).toBe('localhost has no accounts.\n')
  })
})

describe('the frame', () => {
  test.each(['', '--help', 'help', 'user --help'])('parlour %s lists the commands', async (line) => {
    const { code, output } = await run(folder, line)
    expect([code, output]).toEqual([0, expect.stringContaining('user add <address>')])
  })

  test('each command has help with options and examples', async () => {
    const { output } = await run(folder, 'user add --help')
    expect(output).toContain('--generate')
    expect(output).toContain('Examples:')
  })

  test('an unknown command and an unknown option exit with 2', async () => {
    expect(await run(folder, 'stert')).toMatchObject({ code: 2, errors: expect.stringContaining('no command "stert"') })
    expect(await run(folder, 'status --loud')).toMatchObject({ code: 2, errors: expect.stringContaining('--loud') })
  })

  test('config check exits with 3, naming every fault; plug-ins, modules and certificates are looked at too', async () => {
    const configuration = {
      ...{ plugins: ['./none.ts', 'parlour-plugin-none'], modules: { ping: { a: 1 } }, storage: 'sqlite' },
      certificates: [{ certificate: 'none.pem', key: 'none.key' }],
    }
    writeFileSync(join(folder, 'parlour.config.json'), JSON.stringify(configuration))
    const { code, errors } = await run(folder, 'config check')
    expect([code, errors.trim().split('\n').length]).toEqual([3, 5])
    expect(errors).toContain(`"./none.ts" is not there: no file ${join(folder, 'none.ts')}`)
    expect(errors).toContain('npm install parlour-plugin-none')
    expect(errors).toContain('modules.ping (parlour.config.json) is not empty')
    expect(errors).toContain('certificates (parlour.config.json) cannot be used')
  })

  test('config show tells where each value comes from', async () => {
    const { output } = await run(folder, 'config show', { environment: { PARLOUR_LOG_LEVEL: 'debug' } })
    expect(output).toMatch(/^log\.level +"debug" +PARLOUR_LOG_LEVEL$/m)
    expect(output).toMatch(/^storage +"sqlite" +default$/m)
    const asJson = JSON.parse((await run(folder, 'config show --json')).output)
    expect(asJson.listen).toMatchObject({ starttls: 5222, directTls: 5223, server: 5269, serverDirectTls: 5270 })
  })
})

describe('plug-ins', () => {
  const start = (plugins: string[], modules = {}) =>
    createServer({
      ...{ storage: 'memory', plugins, modules, folder, monitoring: { port: false } },
      listen: { starttls: 0, directTls: false },
    })

  test('a file is loaded, seen from the folder of the configuration', async () => {
    const text = `export default { name: 'shout', setup: (host) => [host.discovery.advertise('urn:example:shout')] }`
    writeFileSync(join(folder, 'shout.mjs'), text)
    const server = undo.use(await start(['./shout.mjs']))
    expect(server.kernel.router.host('localhost')?.discovery.features('server')).toContain('urn:example:shout')
  })

  test.each([
    ['export default 7', 'that is no server module but number'],
    ['export const a = 1', 'has no default export'],
    ['export default { setup() {} }', 'without `name`'],
    ['export default { name: "x" }', 'without `setup`'],
    ['import "parlour-nothing"\nexport default {}', 'cannot be loaded: Cannot find package'],
    ['throw new Error("broken")', 'cannot be loaded: broken'],
  ])('%s: %s', async (text, reason) => {
    writeFileSync(join(folder, 'plugin.mjs'), text)
    await expect(start(['./plugin.mjs'])).rejects.toThrow(reason)
  })

  test('the section of a module that is not loaded is a fault', async () => {
    await expect(start([], { pong: {} })).rejects.toThrow('did you mean "ping"?')
  })
})

test('nothing of a password is left in the log or the answers', async () => {
  const lines: string[] = []
  const log = (level: string) => (fields: unknown, message: string) =>
    lines.push(`${level} ${JSON.stringify(fields)} ${message}`)
  const logger = { debug: log('d'), info: log('i'), warn: log('w'), error: log('e'), child: () => logger }
  const server = undo.use(await createTestServer({ storage: 'sqlite', dataFolder: data, logger }))
  await parlour('user add alice@localhost', 'hunter2hunter2')
  await signIn(server, 'alice', 'hunter2hunter2')
  await expect(signIn(server, 'alice', 'wrongwrong')).rejects.toThrow()
  await server.close()
  expect(lines.join('\n')).toContain('signed in')
  expect(lines.join('\n')).toContain('a sign-in failed')
  expect(lines.join('\n')).not.toMatch(/hunter2|wrongwrong/)
  expect(readFileSync(join(data, 'parlour.sqlite'))).not.toContain('hunter2hunter2')
})
