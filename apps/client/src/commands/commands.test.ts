import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { presence } from '@parlour/client'
import { PING_NAMESPACE } from '@parlour/extensions/ping'
import { parseJid } from '@parlour/jid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStage, PASSWORD, runClient, type Stage } from '../../test/stage.ts'
import { commands } from './index.ts'

let stage: Stage
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  stage = await createStage('romeo', 'juliet', 'nurse')
  folder = mkdtempSync(join(tmpdir(), 'parlour-client-'))
  writeFileSync(join(folder, 'ca.pem'), stage.ca)
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`, { mode: 0o600 })
  environment = {
    PARLOUR_PASSWORD: PASSWORD,
    PARLOUR_CA: join(folder, 'ca.pem'),
    PARLOUR_SERVER: stage.address(),
    PARLOUR_ACCOUNT: 'romeo@localhost',
  }
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const client = (line: string, changes: Record<string, string> = {}) =>
  runClient(
    line.split(' ').map((word) => word.replaceAll('_', ' ')),
    { ...environment, ...changes },
  )

test.each(commands.map((command) => [command.name, command] as const))(
  '%s --help shows usage, every option, examples and exit codes',
  async (name, command) => {
    const { code, printed } = await client(`${name} --help`)
    const text = printed.join('\n')
    expect(code).toBe(0)
    expect(text).toContain(`Usage: parlour-client ${name}`)
    for (const option of Object.keys(command.options)) expect(text).toContain(`--${option}`)
    expect(text).toMatch(/Examples:\n {2}\S/)
    expect(text).toMatch(/3 {2}authentication failed/)
    expect(Object.keys(command.options)).not.toContain('password')
  },
)

test('the overview names every command', async () => {
  for (const words of ['', '--help', 'help']) {
    const { code, printed } = await runClient(words === '' ? [] : [words])
    expect(code).toBe(0)
    for (const { name } of commands) expect(printed.join('\n')).toContain(`  ${name} `)
  }
})

test.each([
  ['frobnicate', 'There is no command "frobnicate".'],
  ['ping --password x', "Unknown option '--password'"],
  ['send', 'Who is the message for?'],
  ['send @ hello', 'This is no address: '],
  ['send juliet@localhost hello --type strange', '--type is one of'],
  ['roster dance juliet@localhost', '"dance" is none of'],
  ['roster add', 'add takes one address'],
  ['ping --count 0', '--count wants a number above 0'],
  ['ping --server a:b:c', 'is no server address'],
  ['ping --ca /nonexistent/ca.pem', 'The certificates cannot be read'],
  ['ping --password-file /nonexistent/password', 'The password file cannot be read'],
  ['listen --priority 200', '--priority'],
  ['presence --show happy', '--show is one of'],
  ['register --change-password --remove', 'Either'],
  ['register --remove', 'add --yes'],
  ['ping -a localhost', 'is no account'],
])('wrong usage exits with 2 and says what is wrong: %s', async (line, complaint) => {
  const { code, printed, complained } = await client(line)
  expect(code).toBe(2)
  expect(complained.join('\n')).toContain(complaint)
  expect(printed).toEqual([])
})

test('exit codes: 3 for wrong credentials, 4 without a connection or trust, 1 when refused', async () => {
  expect(await client('ping', { PARLOUR_PASSWORD: 'wrong' })).toMatchObject({
    code: 3,
    complained: ['signing in failed: wrong account or password'],
  })
  expect(await client('ping --server 127.0.0.1:1')).toMatchObject({ code: 4 })
  const untrusted = await client('ping', { PARLOUR_CA: '' })
  expect(untrusted.code).toBe(4)
  expect(untrusted.complained.join('\n')).toContain('--ca <file>')
  expect(await client('ping nobody@localhost/x')).toMatchObject({
    code: 1,
    complained: [expect.stringMatching(/^refused: /)],
  })
})

test('XEP-0484: the password is wanted once; a token that only its owner can read does for it then', async () => {
  const state = { PARLOUR_STATE: join(folder, 'state') }
  const { PARLOUR_PASSWORD: _password, ...without } = environment
  const ping = (line: string, given: Record<string, string>) => runClient(line.split(' '), { ...given, ...state })
  expect(await ping('ping', without)).toMatchObject({ code: 2, complained: [expect.stringContaining('No password')] })
  expect(await ping('ping', environment)).toMatchObject({ code: 0 })
  const file = join(folder, 'state', 'device.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(file, 'utf8')).tokens).toHaveProperty('romeo@localhost')
  expect(await ping('ping', without)).toMatchObject({ code: 0, complained: [] })
  expect(await ping('ping --no-token', without)).toMatchObject({ code: 2 })
  // One that the server does not know is given up, and the password is wanted again.
  const { id, tokens } = JSON.parse(readFileSync(file, 'utf8'))
  tokens['romeo@localhost'].token = 'forged'
  writeFileSync(file, JSON.stringify({ id, tokens }))
  expect(await ping('ping', without)).toMatchObject({ code: 2, complained: [expect.stringContaining('No password')] })
  expect(JSON.parse(readFileSync(file, 'utf8')).tokens).toEqual({})
})

test('what stands behind -- is no option: --help can be said', async () => {
  expect(await runClient(['send', 'nobody@localhost', '--', '--help'], environment)).toMatchObject({
    printed: [],
    complained: ['refused: service unavailable'],
  })
})

test('a token that cannot be kept is told, and ends nothing', async () => {
  const state = join(folder, 'full')
  mkdirSync(join(state, `device.json.${process.pid}`), { recursive: true })
  writeFileSync(join(state, 'device.json'), JSON.stringify({ id: randomUUID(), tokens: {} }))
  expect(await runClient(['ping'], { ...environment, PARLOUR_STATE: state })).toMatchObject({
    code: 0,
    complained: [expect.stringMatching(/^The token for the next time cannot be kept: .*EISDIR/)],
  })
})

test('XEP-0484 §3.6: sign-out voids the token that is kept', async () => {
  const state = { PARLOUR_STATE: join(folder, 'signed-out') }
  const { PARLOUR_PASSWORD: _password, ...without } = environment
  expect(await runClient(['ping'], { ...environment, ...state })).toMatchObject({ code: 0 })
  const signOut = () => runClient(['sign-out'], { ...without, ...state })
  expect(await signOut()).toMatchObject({ code: 0, printed: ['romeo@localhost is signed out'] })
  expect(await signOut()).toMatchObject({ code: 0, printed: ['romeo@localhost has no token here'] })
  expect(await runClient(['ping'], { ...without, ...state })).toMatchObject({ code: 2 })
})

test('exit code 5: no answer came in time', async () => {
  // Of the same account, so that requests may pass whatever is known of its presence (RFC 6121 §8.5.3.1).
  await using silent = await stage.connect('romeo')
  silent.iq.handle('get', PING_NAMESPACE, 'ping', () => new Promise(() => {}))
  // Its resource may have a `_`, so these are words already.
  expect(await runClient(['ping', `${silent.jid}`, '--timeout', '2'], environment)).toMatchObject({
    code: 5,
    printed: [],
    complained: ['no answer came in time'],
  })
})

test('the password of a file; a file that others can read is remarked upon', async () => {
  const file = join(folder, 'password')
  const { PARLOUR_PASSWORD: _, ...others } = environment
  expect(await runClient(['ping', '--password-file', file], others)).toMatchObject({ code: 0, complained: [] })
  const open = join(folder, 'open-password')
  writeFileSync(open, PASSWORD, { mode: 0o644 })
  const { code, complained } = await runClient(['ping', '--password-file', open], others)
  expect(code).toBe(0)
  expect(complained.join('\n')).toContain('chmod 600')
})

test('ping: the server, by STARTTLS and by direct TLS', async () => {
  for (const server of [stage.address(), stage.address('direct')]) {
    const { code, printed } = await client(`ping --server ${server}`)
    expect(code).toBe(0)
    expect(printed).toEqual([expect.stringMatching(/^localhost answered in [\d.]+ ms$/)])
  }
})

test('roster: add, list as text and JSON, approve, remove', async () => {
  expect(await client('roster add juliet@localhost --name Juliet_C. --group Verona')).toMatchObject({ code: 0 })
  expect((await client('roster approve romeo@localhost -a juliet@localhost')).code).toBe(0)
  const item = { jid: 'juliet@localhost', name: 'Juliet C.', groups: ['Verona'], subscription: 'to', ask: false }
  const { printed } = await client('roster list --json')
  expect(printed.map((line) => JSON.parse(line))).toEqual([{ ...item, approved: false }])
  expect((await client('roster')).printed).toEqual(['juliet@localhost "Juliet C." (to, Verona)'])
  expect((await client('roster remove juliet@localhost')).code).toBe(0)
  expect((await client('roster')).printed).toEqual([])
  expect(await client('roster remove juliet@localhost')).toMatchObject({
    code: 1,
    complained: [expect.stringMatching(/^refused: item not found/)],
  })
})

test('send and listen --json: one object a line', async () => {
  const lines: string[] = []
  let sending: Promise<{ code: number }> | undefined
  const listening = await runClient(
    ['listen', '--json', '-a', 'juliet@localhost/balcony', '--count', '1'],
    environment,
    (line) => {
      lines.push(line)
      sending ??= client('send juliet@localhost Art_thou\nthere? --subject A_question')
    },
  )
  expect(listening.code).toBe(0)
  expect((await sending)?.code).toBe(0)
  const [online, message] = lines.map((line) => JSON.parse(line) as Record<string, string>)
  expect(online).toEqual({ event: 'connection', status: 'online', jid: 'juliet@localhost/balcony' })
  expect(message).toMatchObject({
    event: 'message',
    type: 'chat',
    to: 'juliet@localhost',
    subject: 'A question',
    body: 'Art thou\nthere?',
  })
  expect(parseJid(message?.from ?? '').bare.toString()).toBe('romeo@localhost')
  expect(Date.parse(message?.time ?? '')).not.toBeNaN()
})

test('listen as text: presence, and messages stripped of control characters', async () => {
  const sent: Promise<unknown>[] = []
  const { printed } = await runClient(
    ['listen', '-a', 'juliet@localhost', '--count', '2', '--presence'],
    environment,
    // The first thing that arrives is one's own presence (RFC 6121 §4.2.2).
    () => sent.push(client('send juliet@localhost red\u0085\u202e\nalert')),
  )
  await Promise.all(sent)
  expect(printed).toEqual([
    expect.stringMatching(/^juliet@localhost\/\S+ is available$/),
    expect.stringMatching(/^romeo@localhost\/\S+: red\ufffd$/),
    '    alert',
  ])
})

test('send: what the server refuses is refused here', async () => {
  expect(await client('send nobody@localhost hello')).toMatchObject({
    code: 1,
    complained: [expect.stringMatching(/^refused: /)],
  })
})

test('presence: who is available, and who is not', async () => {
  await client('roster add nurse@localhost')
  await client('roster approve romeo@localhost -a nurse@localhost')
  const nurse = await stage.connect('nurse')
  await nurse.use(presence).send({ show: 'dnd', status: 'at work' })
  const { code, printed } = await client('presence --wait 0.2')
  expect(code).toBe(0)
  expect(printed).toEqual([`${nurse.jid} dnd: at work`])
  await nurse.close()
  expect((await client('presence --wait 0.2 --json')).printed.map((line) => JSON.parse(line))).toEqual([
    { event: 'presence', from: 'nurse@localhost', type: 'unavailable' },
  ])
})

test('register: makes an account, changes its password, removes it', async () => {
  const paris = { PARLOUR_ACCOUNT: 'paris@localhost' }
  expect((await client('register', paris)).printed).toEqual(['paris@localhost is registered'])
  expect(await client('register', paris)).toMatchObject({ code: 1, complained: [expect.stringContaining('conflict')] })
  expect(await client('register --change-password', { ...paris, PARLOUR_NEW_PASSWORD: 'county-paris' })).toMatchObject({
    code: 0,
  })
  expect((await client('ping', paris)).code).toBe(3)
  const changed = { ...paris, PARLOUR_PASSWORD: 'county-paris' }
  expect((await client('register --remove --yes', changed)).printed).toEqual(['paris@localhost is removed'])
  expect((await client('ping', changed)).code).toBe(3)
})
