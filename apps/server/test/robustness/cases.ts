import assert from 'node:assert/strict'
import type { ServerOptions } from '@parlour/server'
import { residentBytes } from '../support/memory.ts'
import { HEADER, plainAuthentication, RawClient, type RawTarget } from '../support/raw-client.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { until } from '../support/waiting.ts'

/** One way to misbehave. Rejects when the server does not answer it as it should. */
export interface RobustnessCase {
  readonly name: string
  readonly options: ServerOptions
  run(scene: { server: ServerProcess; target: RawTarget }): Promise<string | undefined>
}

const MIB = 1024 * 1024
const usual: ServerOptions = {
  limits: { negotiationSeconds: 5, maxConnectionsPerAddress: 1000, bytesPerSecond: 64 * MIB },
}
const patient: ServerOptions = { limits: { negotiationSeconds: 300, maxConnectionsPerAddress: 20_000 } }
const few: ServerOptions = { limits: { maxConnectionsPerAddress: 10 } }

const signIn = (target: RawTarget) => RawClient.signedIn(target, 'somebody', 'secret')

/** Signs in, sends the text, and expects the stream error. */
const afterSigningIn = (name: string, text: string, condition: string): RobustnessCase => ({
  name: `${name}: ${condition}`,
  options: usual,
  async run({ target }) {
    const client = await signIn(target)
    client.write(text)
    assert.equal(await client.streamError(), condition)
    return undefined
  },
})

/** Sends the text as the first on a new connection with TLS, and expects the stream error. */
const atTheBeginning = (name: string, text: string, condition: string): RobustnessCase => ({
  name: `${name}: ${condition}`,
  options: usual,
  async run({ target }) {
    const client = await RawClient.secure(target)
    client.write(text)
    assert.equal(await client.streamError(), condition)
    return undefined
  },
})

const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
const BILLION_LAUGHS = `<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 "ha">${LAUGHS}]>`

export const CASES: readonly RobustnessCase[] = [
  {
    name: 'a client that stops reading is dropped, its sender is not',
    options: usual,
    async run({ target }) {
      const [deaf, sender] = [await signIn(target), await RawClient.signedIn(target, 'somebody', 'secret', 'sender')]
      deaf.write('<presence/>')
      await deaf.ping()
      deaf.socket.pause()
      const body = 'x'.repeat(100_000)
      let sent = 0
      for (; sent < 2000 && !sender.closed; sent++) {
        sender.write(`<message to='somebody@localhost/raw' type='headline'><body>${body}</body></message>`)
        if (sent % 20 === 19) {
          // Who is gone cannot be asked (RFC 6121 §8.5.3.2.3).
          sender.write("<iq type='get' id='there' to='somebody@localhost/raw'><ping xmlns='urn:xmpp:ping'/></iq>")
          if ((await sender.ping()).includes('service-unavailable')) break
        }
      }
      deaf.socket.resume()
      await deaf.ended()
      const got = deaf.received.length
      await sender.ping()
      sender.destroy()
      assert.ok(got < sent * body.length, 'not everything went into the buffers')
      return `${sent} messages of 100 kB until it was dropped`
    },
  },
  {
    name: 'a connection that sends nothing: connection-timeout',
    options: usual,
    async run({ target }) {
      const [silent, plain] = [await RawClient.secure(target), await RawClient.plain(target)]
      assert.equal(await silent.streamError(), 'connection-timeout')
      assert.equal(await plain.streamError(), 'connection-timeout')
      return undefined
    },
  },
  {
    name: 'negotiation that never ends, with white space all the time: connection-timeout',
    options: usual,
    async run({ target }) {
      const client = await RawClient.secure(target)
      client.write(HEADER)
      const drip = setInterval(() => client.write(' '), 100)
      try {
        assert.equal(await client.streamError(), 'connection-timeout')
      } finally {
        clearInterval(drip)
      }
      return undefined
    },
  },
  {
    name: 'TLS that is never begun on the port for it: the connection ends',
    options: usual,
    async run({ target }) {
      const client = await RawClient.plain({ ...target, starttls: target.directTls })
      await client.ended(30_000)
      return undefined
    },
  },
  afterSigningIn('a stanza of 10 MB', `<message><body>${'x'.repeat(10_000_000)}`, 'policy-violation'),
  atTheBeginning('10 MB before signing in', `${HEADER}<auth>${'x'.repeat(10_000_000)}`, 'policy-violation'),
  atTheBeginning('10 MB of one name', `<${'x'.repeat(10_000_000)}`, 'policy-violation'),
  afterSigningIn('elements 100 000 deep', `<message>${'<x>'.repeat(100_000)}`, 'policy-violation'),
  afterSigningIn(
    '10 000 attributes',
    `<message ${Array.from({ length: 10_000 }, (_, n) => `a${n}='1'`).join(' ')}/>`,
    'policy-violation',
  ),
  atTheBeginning('a billion laughs', `${BILLION_LAUGHS}${HEADER}`, 'restricted-xml'),
  afterSigningIn('an entity', '<message><body>&l9;</body></message>', 'restricted-xml'),
  afterSigningIn('a document type within the stream', BILLION_LAUGHS, 'restricted-xml'),
  afterSigningIn('a comment', '<message><!-- --></message>', 'restricted-xml'),
  afterSigningIn('a processing instruction', '<message><?x y?></message>', 'restricted-xml'),
  afterSigningIn('tags that do not match', '<message><body></message>', 'not-well-formed'),
  afterSigningIn('text between stanzas', 'hello', 'invalid-xml'),
  afterSigningIn('an unknown stanza', '<query/>', 'unsupported-stanza-type'),
  atTheBeginning('HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'not-well-formed'),
  atTheBeginning('another domain', HEADER.replace('localhost', 'elsewhere.example'), 'host-unknown'),
  atTheBeginning('another namespace', HEADER.replace('jabber:client', 'jabber:nobody'), 'invalid-namespace'),
  {
    name: '100 authentication attempts at once: policy-violation after a few',
    options: usual,
    async run({ target }) {
      const client = await RawClient.secure(target)
      client.write(HEADER + plainAuthentication('somebody', 'wrong').repeat(100))
      assert.equal(await client.streamError(60_000), 'policy-violation')
      const failures = client.received.match(/<not-authorized/g)?.length ?? 0
      assert.ok(failures >= 2 && failures <= 5, `${failures} failures`)
      return `${failures} were tried`
    },
  },
  {
    name: 'what is injected in plain text behind STARTTLS is discarded',
    options: usual,
    async run({ target }) {
      const client = await RawClient.plain(target)
      client.write(HEADER)
      await client.take(/<\/stream:features>/)
      const injected = HEADER + plainAuthentication('somebody', 'secret')
      client.write(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${injected}`)
      await client.take(/<proceed[^>]*>/)
      await client.upgrade(target.authority)
      client.write(HEADER)
      await client.take(/<mechanisms/)
      client.write("<message to='somebody@localhost'/>")
      // RFC 6120 §4.9.3.12: nobody is signed in, so the first stanza ends the stream.
      assert.equal(await client.streamError(), 'not-authorized')
      assert.doesNotMatch(client.received, /<success/)
      return undefined
    },
  },
  {
    name: 'more connections from one address than allowed are closed',
    options: few,
    async run({ target }) {
      const clients: RawClient[] = []
      for (let n = 0; n < 30; n++) clients.push(await RawClient.plain(target))
      await until(() => clients.filter((client) => client.closed).length >= 20, 20_000, 'the end of 20 of 30')
      const left = clients.filter((client) => !client.closed)
      for (const client of left) client.write(HEADER)
      for (const client of left) await client.take(/<\/stream:features>/)
      for (const client of clients) client.destroy()
      return `${left.length} of 30 stayed`
    },
  },
  {
    name: '5 000 idle connections with an open stream, twice',
    options: patient,
    async run({ server, target }) {
      const pid = server.child.process.pid ?? 0
      const before = residentBytes(pid)
      const first = await holdIdle(target, 5000, pid)
      await settledAfter(server)
      const second = await holdIdle(target, 5000, pid)
      const [each, more] = [(first - before) / 5000, second - first]
      assert.ok(each < 40 * 1024, `${each} bytes for each`)
      // What the first had is used again: nothing of them is kept.
      assert.ok(more < (first - before) / 3, `${more} bytes more for the second 5 000`)
      return `${(each / 1024).toFixed(1)} KiB each, ${(more / MIB).toFixed(0)} MiB more the second time`
    },
  },
]

/** Opens connections, and holds them until a client beside them was served; gives the server's memory with all of them. */
async function holdIdle(target: RawTarget, count: number, pid: number): Promise<number> {
  const clients: RawClient[] = []
  while (clients.length < count) {
    const batch = await Promise.all(Array.from({ length: 100 }, () => RawClient.plain(target)))
    for (const client of batch) client.write(HEADER)
    await Promise.all(batch.map((client) => client.take(/<\/stream:features>/, 60_000)))
    clients.push(...batch)
  }
  assert.ok(clients.every((client) => !client.closed))
  const another = await signIn(target)
  await another.ping()
  const memory = residentBytes(pid)
  for (const client of [...clients, another]) client.destroy()
  return memory
}

/** The server has noticed that they are gone, and collected what they left. */
async function settledAfter(server: ServerProcess): Promise<void> {
  const another = await signIn({ ...server })
  await another.ping()
  another.destroy()
  await server.collect()
}
