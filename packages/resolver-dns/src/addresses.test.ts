import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { asked, setting } from '../test/name-server.ts'

const A = (address: string) => ({ type: 'A', address }) as const
const AAAA = (address: string) => ({ type: 'AAAA', address }) as const

test('RFC 8305 §4: "the first address family … followed by an address of the other"', async () => {
  const { resolver } = await setting({
    'x.example': [A('192.0.2.1'), A('192.0.2.2'), A('192.0.2.3'), AAAA('2001:db8::1'), AAAA('2001:db8::2')],
  })
  expect(await resolver.addresses('x.example')).toEqual([
    '2001:db8::1',
    '192.0.2.1',
    '2001:db8::2',
    '192.0.2.2',
    '192.0.2.3',
  ])
})

test('aliases are followed, also where a name server leaves off', async () => {
  const { resolver, server } = await setting({
    'x.example': [{ type: 'CNAME', target: 'y.example' }],
    'y.example': [A('192.0.2.1')],
  })
  expect(await resolver.addresses('x.example')).toEqual(['192.0.2.1'])
  resolver.clear()
  server.behaviour.set('x.example', { aliasOnly: true })
  server.questions.length = 0
  expect(await resolver.addresses('x.example')).toEqual(['192.0.2.1'])
  expect(asked(server)).toEqual(['A x.example', 'A y.example', 'AAAA x.example', 'AAAA y.example'])
})

test('aliases in a circle: failed', async () => {
  const { resolver } = await setting({
    'x.example': [{ type: 'CNAME', target: 'y.example' }],
    'y.example': [{ type: 'CNAME', target: 'x.example' }],
  })
  await expect(resolver.addresses('x.example')).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('aliases'),
  })
})

test('RFC 8305 §3: the answer for IPv6 is waited for 50 ms after that for IPv4, and kept for the next time', async () => {
  const { resolver, server, environment } = await setting({ 'x.example': [A('192.0.2.1'), AAAA('2001:db8::1')] })
  const only = resolver.query('x.example', 'A')
  expect((await only).outcome).toBe('answered')
  server.behaviour.set('x.example', { silent: true })
  const found = resolver.addresses('x.example')
  await server.received(2)
  environment.advance(49)
  expect(await Promise.race([found, 'waiting'])).toBe('waiting')
  environment.advance(1)
  expect(await found).toEqual(['192.0.2.1'])
  server.behaviour.clear()
  environment.advance(2_000)
  await server.received(3)
  expect(await resolver.query('x.example', 'AAAA')).toMatchObject({ outcome: 'answered' })
  expect(await resolver.addresses('x.example')).toEqual(['2001:db8::1', '192.0.2.1'])
  expect(environment.pendingTimers).toBe(0)
})

test('one kind of address suffices when the other is answered with an error', async () => {
  const { resolver, server } = await setting({ 'x.example': [A('192.0.2.1')] })
  server.behaviour.set('x.example', { rcode: 'SERVFAIL' })
  await expect(resolver.addresses('x.example')).rejects.toMatchObject({ code: 'failed' })
  resolver.clear()
  server.behaviour.clear()
  await resolver.query('x.example', 'A')
  server.behaviour.set('x.example', { rcode: 'SERVFAIL' })
  expect(await resolver.addresses('x.example')).toEqual(['192.0.2.1'])
})

test('no such host: not-found', async () => {
  const { resolver, server } = await setting({ 'x.example': [] })
  await expect(resolver.addresses('y.example')).rejects.toMatchObject({
    code: 'not-found',
    message: `there is no domain named y.example: ${server.address} was asked for AAAA, A`,
  })
  await expect(resolver.addresses('x.example')).rejects.toMatchObject({
    code: 'not-found',
    message: `x.example has no address: ${server.address} was asked for AAAA, A`,
  })
})

test("the machine's table of hosts comes before name servers, and is read again when it changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hosts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const hostsFile = join(folder, 'hosts')
  writeFileSync(hostsFile, '# comment\n127.0.0.8 Chat.example chat # more\n::8\tchat.example\nnonsense here\n')
  const { resolver, server, environment } = await setting({}, { hostsFile })
  expect(await resolver.addresses('chat.example')).toEqual(['::8', '127.0.0.8'])
  expect(await resolver.addresses('chat')).toEqual(['127.0.0.8'])
  expect(server.questions).toEqual([])
  writeFileSync(hostsFile, '127.0.0.9 chat.example\n')
  environment.advance(10_000)
  expect(await resolver.addresses('chat.example')).toEqual(['127.0.0.9'])
  rmSync(hostsFile)
  environment.advance(10_000)
  await expect(resolver.addresses('chat.example')).rejects.toMatchObject({ code: 'not-found' })
})

test('RFC 6762 §3: names in .local and single labels that name servers do not know are asked of the machine', async () => {
  const local: string[] = []
  const lookUpLocalHost = async (host: string) => {
    local.push(host)
    return host === 'printer.local' ? ['192.0.2.4'] : []
  }
  const { resolver } = await setting({}, { lookUpLocalHost })
  expect(await resolver.addresses('printer.local')).toEqual(['192.0.2.4'])
  expect(await resolver.locate('printer.local', 'client')).toMatchObject({ targets: [{ host: 'printer.local' }] })
  await expect(resolver.addresses('intranet')).rejects.toMatchObject({ code: 'not-found' })
  await expect(resolver.addresses('x.example')).rejects.toMatchObject({ code: 'not-found' })
  expect(local).toEqual(['printer.local', 'printer.local', 'intranet'])
})
