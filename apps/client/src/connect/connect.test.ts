import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { type ConnectionState, presence, roster } from '@parlour/client'
import { parseJid } from '@parlour/jid'
import { DnsResolver } from '@parlour/resolver-dns'
import { TestDnsServer } from '@parlour/resolver-dns/testing'
import { message, type Presence } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Way } from '../../test/interop/way.ts'
import { createStage, failureOf, PASSWORD, type Stage } from '../../test/stage.ts'
import { connect } from './connect.ts'
import { register } from './register.ts'
import type { ServiceResolver } from './service.ts'

let stage: Stage
beforeAll(async () => {
  stage = await createStage('romeo', 'juliet')
})
afterAll(() => stage[Symbol.asyncDispose]())

const portOf = (address: string) => Number(address.split(':').at(-1))

/** A server of TCP alone: says `greeting` and waits. */
async function mute(greeting = ''): Promise<{ server: TcpServer; service: string; closed: Promise<unknown> }> {
  const server = createTcpServer((socket) => socket.on('error', () => undefined).write(greeting))
  const closed = once(server, 'connection').then(([socket]: Socket[]) => socket && once(socket.resume(), 'close'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, service: `127.0.0.1:${(server.address() as AddressInfo).port}`, closed }
}

test.each(['starttls', 'direct'] as const)(
  'signing in by %s, with the best mechanism and channel binding',
  async (kind) => {
    await using client = await connect({
      jid: 'romeo@localhost/orchard',
      password: PASSWORD,
      service: stage.address(kind),
      ca: stage.ca,
    })
    expect(client.jid.toString()).toBe('romeo@localhost/orchard')
    expect(client.agreement?.mechanism).toBe('SCRAM-SHA-512-PLUS')
    expect(await client.iq.get(el('ping', 'urn:xmpp:ping'), { to: 'localhost' })).toBeUndefined()
  },
)

test('two people: roster, subscription both ways, presence, messages', async () => {
  const [romeo, juliet] = await Promise.all([stage.connect('romeo'), stage.connect('juliet')])
  const contacts = romeo.use(roster)
  await contacts.load()
  const seen = new Promise<Presence>((resolve) => {
    romeo.use(presence).onChange((change) => {
      if (change.presence && change.jid.local === 'juliet') resolve(change.presence)
    })
  })
  juliet.use(presence).onRequest(({ from }) => {
    void juliet.use(roster).approve(from)
  })
  await romeo.use(presence).send()
  await juliet.use(presence).send({ show: 'away', status: 'on the balcony' })
  await contacts.set('juliet@localhost', { name: 'Juliet', groups: ['Verona'] })
  await contacts.subscribe('juliet@localhost')
  expect(await seen).toMatchObject({ show: 'away', status: 'on the balcony' })
  expect(contacts.items.get('juliet@localhost')).toMatchObject({
    name: 'Juliet',
    groups: ['Verona'],
    subscription: 'to',
  })
  const inbox = juliet.messages()
  await romeo.send(message({ to: 'juliet@localhost', type: 'chat', body: 'Art thou there?' }))
  for await (const { from, body } of inbox) {
    expect([from?.toString(), body]).toEqual([romeo.jid.toString(), 'Art thou there?'])
    break
  }
})

test('a wrong password and an unknown account are told alike, and nothing is tried again', async () => {
  const options = { service: stage.address(), ca: stage.ca }
  const wrong = await failureOf(connect({ jid: 'romeo@localhost', password: 'wrong', ...options }))
  const unknown = await failureOf(connect({ jid: 'nobody@localhost', password: PASSWORD, ...options }))
  for (const error of [wrong, unknown])
    expect(error).toMatchObject({
      code: 'authentication-failed',
      cause: { name: 'SaslError', condition: 'not-authorized' },
    })
})

test.each(['starttls', 'direct'] as const)('an authority that is not trusted: tls-failed (%s)', async (kind) => {
  const error = await failureOf(connect({ jid: 'romeo@localhost', password: PASSWORD, service: stage.address(kind) }))
  expect(error).toMatchObject({ code: 'tls-failed', cause: { name: 'TransportError', code: 'certificate' } })
})

test('RFC 6120 §13.7.2.1: the certificate must be for the domain of the JID, whatever the host is called', async () => {
  const options = { password: PASSWORD, service: stage.address('direct'), ca: stage.ca }
  const error = await failureOf(connect({ jid: 'romeo@verona.example', ...options }))
  expect(error).toMatchObject({ code: 'tls-failed', cause: { code: 'certificate' } })
  expect(error.message).toContain('not for verona.example but for localhost')
})

test('RFC 6120 §4.9.3.6: a server that does not serve the domain', async () => {
  const options = { password: PASSWORD, service: stage.address(), ca: stage.ca }
  const error = await failureOf(connect({ jid: 'romeo@verona.example', ...options }))
  expect(error).toMatchObject({ code: 'stream-error', cause: { name: 'StreamError', condition: 'host-unknown' } })
})

test('nobody listens: connection-failed', async () => {
  const error = await failureOf(connect({ jid: 'romeo@localhost', password: PASSWORD, service: '127.0.0.1:1' }))
  expect(error).toMatchObject({ code: 'connection-failed', cause: { name: 'TransportError', code: 'refused' } })
})

test('a domain that says it has no service: resolution-failed', async () => {
  await using server = await TestDnsServer.start({
    records: { '_xmpp-client._tcp.verona.example': [{ type: 'SRV', port: 0, target: '.' }] },
  })
  const resolver = new DnsResolver({ nameServers: [server.address] })
  const error = await failureOf(connect({ jid: 'romeo@verona.example', password: PASSWORD, resolver }))
  expect(error.code).toBe('resolution-failed')
})

test('the next address is tried after one that fails; if all fail, the cause holds them all', async () => {
  const port = (text: string) => Number(text.split(':').at(-1))
  const host = '127.0.0.1'
  const resolver = (ports: readonly number[]): ServiceResolver => {
    const client = ports.map((each) => ({ host, port: each, security: 'direct-tls' }) as const)
    return new DnsResolver({ staticHosts: { 'verona.example': { client } } })
  }
  const to = (ports: readonly number[]) =>
    connect({ jid: 'romeo@verona.example', password: PASSWORD, ca: stage.ca, resolver: resolver(ports) })
  const error = await failureOf(to([1, port(stage.address('direct')), 2]))
  // The server is reached behind the address that refuses, and its certificate says more than the refusals.
  expect(error.code).toBe('tls-failed')
  expect(error.cause).toBeInstanceOf(AggregateError)
  expect((error.cause as AggregateError).errors.map(({ code }: { code: string }) => code)).toEqual([
    'connection-failed',
    'tls-failed',
    'connection-failed',
  ])
})

test('a server that offers no TLS is refused before anything is sent', async () => {
  const features =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
  const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='1' version='1.0'>`
  const { server, service, closed } = await mute(header + features)
  const error = await failureOf(connect({ jid: 'romeo@localhost', password: PASSWORD, service }))
  expect(error).toMatchObject({ code: 'tls-failed', cause: { code: 'starttls-not-offered' } })
  await closed
  server.close()
})

test('a server that says nothing: timeout; the connection is closed', async () => {
  const { server, service, closed } = await mute()
  const error = await failureOf(
    connect({ jid: 'romeo@localhost', password: PASSWORD, service, negotiationTimeout: 20 }),
  )
  expect(error.code).toBe('timeout')
  await closed
  server.close()
})

test('a signal ends the attempt at once; the connection is closed', async () => {
  const { server, service, closed } = await mute()
  const controller = new AbortController()
  server.once('connection', () => controller.abort('enough'))
  const attempt = connect({ jid: 'romeo@localhost', password: PASSWORD, service, signal: controller.signal })
  expect(await failureOf(attempt)).toMatchObject({ code: 'aborted' })
  await closed
  server.close()
})

test('RFC 6120 §4.9.3.19: see-other-host is followed, and the certificate must be for the domain all the same', async () => {
  const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='1' version='1.0'>`
  const error = `<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${stage.address()}</see-other-host></stream:error></stream:stream>`
  const { server, service } = await mute(header + error)
  await using client = await connect({ jid: 'romeo@localhost', password: PASSWORD, service, ca: stage.ca })
  expect(client.state.status).toBe('online')
  server.close()
})

test('XEP-0198 §5: a session outlives its connection; nothing is lost, nothing comes twice', async () => {
  await using way = await Way.to('127.0.0.1', portOf(stage.address()))
  const [romeo, juliet] = [
    await stage.connect('romeo'),
    await stage.connect('juliet', { service: `127.0.0.1:${way.port}`, reconnection: { initialDelay: 1 } }),
  ]
  const inbox = romeo.messages()
  const states: ConnectionState[] = []
  juliet.onState((state) => states.push(state))
  const { jid } = juliet
  await juliet.use(presence).send({ priority: 5 })
  const say = (n: number) => message({ to: romeo.jid, type: 'chat', body: String(n) })
  for (let n = 0; n < 20; n++) void juliet.send(say(n))
  way.cut()
  way.open()
  const late = juliet.sendAcknowledged(say(20))
  await late
  for (let n = 0; n <= 20; n++) expect((await inbox.next()).value?.body).toBe(String(n))
  expect(juliet.jid).toBe(jid)
  expect(states.at(-1)).toMatchObject({ status: 'online', resumed: true })
  expect(states.filter(({ status }) => status === 'online').length).toBe(1)
  await romeo.send(message({ to: jid, type: 'chat', body: 'back' }))
  for await (const { body } of juliet.messages()) {
    expect(body).toBe('back')
    break
  }
})

test('a connection that is cut is made anew, and the roster and presence with it', async () => {
  await using way = await Way.to('127.0.0.1', portOf(stage.address()))
  const options = {
    service: `127.0.0.1:${way.port}`,
    reconnection: { initialDelay: 1 },
    streamManagement: false as const,
  }
  const client = await stage.connect('juliet', options)
  await client.use(roster).load()
  await client.use(presence).send({ show: 'dnd' })
  way.cut()
  way.open()
  await new Promise<void>((resolve) => {
    client.onState(({ status }) => status === 'waiting' && resolve())
  })
  const own = new Promise<Presence>((resolve) => {
    client.use(presence).onChange(({ presence: now, jid }) => {
      if (now && jid.equals(client.jid)) resolve(now)
    })
  })
  await client.online()
  expect((await own).show).toBe('dnd')
})

test('XEP-0077 §3.1: an account is made before signing in; a second time it is a conflict', async () => {
  const options = { jid: parseJid('rosaline@localhost'), password: PASSWORD, service: stage.address(), ca: stage.ca }
  await register(options)
  await expect(register(options)).rejects.toMatchObject({ name: 'StanzaError', condition: 'conflict' })
  await using client = await connect(options)
  expect(client.jid.local).toBe('rosaline')
})

test('RFC 6120 §13.12: for registration, too, a server that is nobody yet is not listened to at length', async () => {
  const header = "<stream:stream version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
  const { server, service, closed } = await mute(`${header}<stream:features><x xmlns='urn:x'>${'x'.repeat(10_000)}`)
  const options = { jid: parseJid('rosaline@localhost'), password: PASSWORD, service, negotiationTimeout: 2_000 }
  expect((await failureOf(register(options))).cause).toMatchObject({ condition: 'policy-violation' })
  await closed
  server.close()
})
