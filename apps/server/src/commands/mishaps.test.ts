import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectToServer } from '../administration/connect.ts'
import { readConfiguration } from '../configuration/read.ts'
import { createTestServer } from '../create-test-server.ts'
import { data, folder, parlour, startServer, withFolders } from './commands.fixture.ts'
import { explainStart } from './explain-start.ts'
import { commands } from './index.ts'
import { runCommand } from './run.ts'
import { run } from './terminal.fixture.ts'

withFolders()

// `start` narrows that of its process, which here is the process of other tests, too.
const mask = process.umask()
beforeEach(() => void process.umask(0o022))
afterEach(() => void process.umask(mask))

const BIN = resolve(import.meta.dirname, '../bin.ts')

describe('what is given too much is refused, and nothing is done', () => {
  test.each([
    ['user erase alice@localhost bob@localhost --yes', 'one address is enough'],
    ['user export alice@localhost bob@localhost', 'one address is enough'],
    ['user devices alice@localhost x', 'one address is enough'],
    ['user import a.xml b.xml', 'one file is enough'],
    ['import prosody a b', 'one folder or database is enough'],
    ['status now', 'it takes options only'],
    ['config check a.yaml b.yaml', 'one file is enough'],
    ['s2s example.org example.net', 'one domain is enough'],
    ['check dns localhost example.net', 'one domain is enough'],
  ])('%s: %s', async (line, message) => {
    const { code, errors } = await parlour(line)
    expect([code, errors]).toEqual([2, expect.stringContaining(`${message}\n\nSee: parlour `)])
    expect(existsSync(data)).toBe(false)
  })

  test('user list takes any number of domains', async () => {
    expect((await parlour('user list localhost localhost')).output).toBe('localhost has no accounts.\n'.repeat(2))
  })
})

describe('a path that is of no use is named, with what is the matter', () => {
  test.each([
    ['user import gone.xml', /gone\.xml: there is no such file or folder \(ENOENT\)\n$/],
    ['user add a@localhost --password-file gone', /gone: there is no such file or folder \(ENOENT\)\n$/],
    ['user add --from gone', /gone: there is no such file or folder \(ENOENT\)/],
  ])('%s', async (line, message) => {
    const { code, errors } = await parlour(line)
    expect([code, errors]).toEqual([1, expect.stringMatching(message)])
  })

  test('a data folder that is a file', async () => {
    writeFileSync(data, '')
    expect((await parlour('user list')).errors).toContain('something else of that name is there already (EEXIST)')
  })
})

describe('a start that cannot listen tells what to change', () => {
  const told = (fault: object, input: object): string => {
    const error = new Error('no', { cause: Object.assign(new Error('no'), fault) })
    const explain = explainStart(readConfiguration(input), { server: 'parlour', client: 'parlour-client', options: '' })
    try {
      return explain(error)
    } catch (explained) {
      return (explained as Error).message
    }
  }
  const taken = { code: 'EADDRINUSE', syscall: 'listen', port: 5269 }

  test('all ports that it opens, and no others', () => {
    const alone = told({ ...taken, port: 5222 }, {})
    expect(alone).toContain(
      'PARLOUR_LISTEN_STARTTLS=15222 PARLOUR_LISTEN_DIRECT_TLS=15223 PARLOUR_MONITORING_PORT=15280 parlour',
    )
    const components = [{ domain: 'irc.example.org', secret: 'x' }]
    const all = told(taken, { domains: ['example.org'], components, monitoring: { port: false } })
    expect(all).toContain('Port 5269 is taken by another program')
    expect(all).toContain(
      'PARLOUR_LISTEN_SERVER=15269 PARLOUR_LISTEN_SERVER_DIRECT_TLS=15270 PARLOUR_LISTEN_COMPONENTS=15347 parlour',
    )
    expect(all).toContain('listen.serverDirectTls and listen.components in parlour.config.ts')
  })

  test('an address that is none of this machine', async () => {
    const environment = { PARLOUR_LISTEN_ADDRESS: '192.0.2.1' }
    const { code, errors } = await run(folder, `start --data-folder ${data}`, { environment })
    expect([code, errors]).toEqual([
      1,
      expect.stringContaining('192.0.2.1 is no address of this machine: see listen.address'),
    ])
    const unknown = { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'here.invalid' }
    expect(told(unknown, { listen: { address: 'here.invalid' } })).toContain('here.invalid is no name')
    // A plug-in may have asked for it.
    expect(told(unknown, {})).toBe('no')
  })
})

describe('config check', () => {
  const check = (settings: object) => {
    writeFileSync(join(folder, 'parlour.config.json'), JSON.stringify(settings))
    return run(folder, 'config check')
  }

  test('name servers, authorities and secrets that are of no use', async () => {
    const { code, errors } = await check({
      ...{ domains: ['example.org'], components: [{ domain: 'irc.example.org', secretFile: 'gone.secret' }] },
      federation: { nameServers: ['none at all'], authorities: ['gone.pem'] },
    })
    expect([code, errors]).toEqual([3, expect.stringContaining('federation.nameServers (parlour.config.json) ')])
    expect(errors).toContain('components.0.secretFile (parlour.config.json) names a file that cannot be read')
    const authorities = await check({ domains: ['example.org'], federation: { authorities: ['gone.pem'] } })
    expect(authorities.errors).toContain(
      'federation.authorities.0 (parlour.config.json) names a file that is of no use',
    )
  })

  test('a domain or a port that is given twice', async () => {
    const { code, errors } = await check({
      ...{ domains: ['example.org', 'EXAMPLE.org'], listen: { starttls: 5000, directTls: 5000, server: 0 } },
      ...{ monitoring: { address: '127.0.0.1', port: 5000 } },
    })
    expect([code, errors.split('\n').slice(1)]).toEqual([
      3,
      [
        '  domains.1 (parlour.config.json) is domains.0 once more: leave it out',
        '  listen.directTls (parlour.config.json) is 5000, as listen.starttls is: each takes a port of its own',
        '  monitoring.port (parlour.config.json) is 5000, as listen.starttls is: each takes a port of its own',
        '',
      ],
    ])
    const apart = { listen: { address: '127.0.0.2', starttls: 5000 }, monitoring: { address: '127.0.0.1', port: 5000 } }
    expect((await check(apart)).code).toBe(0)
  })

  test('a folder in place of the file', async () => {
    mkdirSync(join(folder, 'a.yaml'))
    const { code, errors } = await run(folder, `config check ${join(folder, 'a.yaml')}`)
    expect([code, errors]).toEqual([3, expect.stringContaining('a.yaml cannot be read: it is a folder')])
  })
})

test('the database is for its owner only, also in a folder that all may read, made by a command or a server', async () => {
  const modes = () => [statSync(join(data, 'parlour.sqlite')).mode & 0o777]
  mkdirSync(data)
  chmodSync(data, 0o755)
  await parlour('user add alice@localhost', 'secret')
  expect(modes()).toEqual([0o600])
  chmodSync(join(data, 'parlour.sqlite'), 0o644)
  const server = await createTestServer({ storage: 'sqlite', dataFolder: data })
  await server.addAccount('bob@localhost', 'secret')
  expect([...modes(), statSync(join(data, 'parlour.sqlite-wal')).mode & 0o777]).toEqual([0o640, 0o640])
  await server.close()
})

describe('a server that ends while a command is there', () => {
  test('what is asked for afterwards is answered, too', async () => {
    const server = await startServer()
    await using administration = await connectToServer(data)
    await administration?.run('status', {})
    await server.close()
    await expect(administration?.run('status', {})).rejects.toMatchObject({ code: 'gone' })
  })

  test('user add --from tells how many accounts were made', async () => {
    const server = await startServer()
    const input = new PassThrough()
    const lines: string[] = []
    const output = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) })
    // On a terminal each one is told as it is made.
    const errorOutput = Object.assign(output, { isTTY: true })
    const ran = runCommand(commands, ['user', 'add', '--from', '-', '--data-folder', data], {
      ...{ input, output, errorOutput, environment: {}, folder },
    })
    input.write('a@localhost x\n')
    while (!lines.join('').includes('1 accounts made …')) await new Promise(setImmediate)
    await server.close()
    input.end('b@localhost x\nc@localhost x\n')
    expect(await ran).toBe(1)
    expect(lines.join('')).toMatch(/1 accounts made\.\nthe server ended before it answered.*do it again/)
  })
})

const inShell = (line: string): Promise<{ code: unknown; output: string; errors: string }> =>
  new Promise((done) =>
    execFile('bash', ['-c', line], (error, output, errors) => done({ code: error?.code ?? 0, output, errors })),
  )

describe('user export', () => {
  const contacts = (count: number): string =>
    Array.from({ length: count }, (_, at) => `<item jid='c${at}@localhost' name='${'😀'.repeat(450)}'/>`).join('')
  const user = (name: string) =>
    `<user name='${name}' password='x'><query xmlns='jabber:iq:roster'>${contacts(700)}</query></user>`

  test('characters of two UTF-16 units come whole, wherever pieces end; a disk that is full is no success', {
    timeout: 120_000,
  }, async () => {
    await startServer()
    const text = `<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>${user('a')}${user('ab')}</host></server-data>`
    writeFileSync(join(folder, 'in.xml'), text)
    expect((await parlour(`user import ${join(folder, 'in.xml')}`)).code).toBe(0)
    // One of the two has a piece that would end between the two units.
    for (const name of ['a', 'ab']) {
      const out = join(folder, `${name}.xml`)
      expect((await parlour(`user export ${name}@localhost --output ${out}`)).code).toBe(0)
      const exported = readFileSync(out, 'utf8')
      expect(exported.split('😀').length - 1).toBe(700 * 450)
      expect(exported).not.toContain('\ufffd')
    }
    const out = join(folder, 'part.xml')
    // A file that may not grow takes a part of what is written, as a disk does that becomes full.
    const line = `user export a@localhost --data-folder '${data}' --output '${out}'`
    const ran = await inShell(
      `ulimit -f 1000; exec '${process.execPath}' --conditions=@parlour/source '${BIN}' ${line}`,
    )
    expect(ran).toMatchObject({ code: 1, output: '', errors: expect.stringContaining('(EFBIG, write)') })
    expect([existsSync(out), existsSync(`${out}.part`)]).toEqual([false, false])
  })
})
