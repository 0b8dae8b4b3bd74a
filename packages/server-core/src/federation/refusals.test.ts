import type { Connection } from '@parlour/transport'
import { afterEach, describe, expect, it } from 'vitest'
import { eventLoopTurn, Network, type Presented, Server, type ServerOptions } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

const header = (from: string | undefined, to = 'a.example') =>
  `<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' ${from ? `from='${from}'` : ''} to='${to}' version='1.0'>`
const STREAMS = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'"
const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"

/** A peer that says what it is told to, and remembers what it hears since TLS or a restart of the stream. */
class Peer {
  heard = ''
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
    connection.onData((chunk) => {
      this.heard += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    })
  }

  say(text: string): void {
    this.#connection.write(text)
  }

  stopReading(): void {
    this.#connection.pause()
  }

  async until(text: string): Promise<string> {
    for (let turn = 0; turn < 1_000; turn++) {
      if (this.heard.includes(text)) return this.heard
      await eventLoopTurn()
    }
    throw new Error(`never heard ${text}, but ${this.heard}`)
  }

  /** As far as the features of a secured stream. */
  async secure(from: string | undefined = 'peer.example'): Promise<string> {
    this.say(header(from))
    await this.until('</stream:features>')
    this.say(`<starttls ${TLS}/>`)
    await this.until('<proceed')
    this.heard = ''
    await this.#connection.startTls()
    this.say(header(from))
    return this.until('</stream:features>')
  }

  /** As far as a stream that SASL EXTERNAL has authenticated. */
  async authenticate(): Promise<string> {
    expect(await this.secure()).toContain('EXTERNAL')
    this.say(`<auth ${SASL} mechanism='EXTERNAL'>cGVlci5leGFtcGxl</auth>`)
    await this.until('<success')
    this.heard = ''
    this.say(header('peer.example'))
    return this.until('</stream:features>')
  }
}

/** A server under test, and a peer that presents what it is told. */
async function scene(options: ServerOptions = {}, presented: Presented | undefined = { names: ['peer.example'] }) {
  const network = new Network()
  const server = await Server.start(network, 'a.example', options)
  open.push(server)
  network.certify('peer.example', presented)
  return { network, server, peer: new Peer(network.connect('peer.example', 'a.example')) }
}

describe('what another server says is refused, and logged once', () => {
  it.each([
    ['RFC 6120 §8.1.1.2: no to', "<message from='x@peer.example'/>", 'improper-addressing'],
    ['RFC 6120 §8.1.2.2: no from', "<message to='user@a.example'/>", 'improper-addressing'],
    [
      "RFC 6120 §8.1.2.2: another domain's from",
      "<message from='x@other.example' to='user@a.example'/>",
      'invalid-from',
    ],
    ['RFC 6120 §8.1.2.2: our own from', "<message from='user@a.example' to='user@a.example'/>", 'invalid-from'],
    ['RFC 6120 §4.9.3.6: to a foreign domain', "<message from='x@peer.example' to='y@third.example'/>", 'host-unknown'],
    ['RFC 6120 §4.9.3.24: no stanza', "<letter xmlns='urn:x'/>", 'unsupported-stanza-type'],
    [
      'XEP-0220 §3.1: an answer to no request',
      "<db:verify from='peer.example' to='a.example' id='1' type='valid'/>",
      'policy-violation',
    ],
    [
      'XEP-0198 §6: more acknowledged than sent',
      "<enable xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='9'/>",
      'undefined-condition',
    ],
    [
      '10 MB in one stanza',
      `<message from='x@peer.example' to='user@a.example'>${'x'.repeat(10_000_000)}</message>`,
      'policy-violation',
    ],
    ['RFC 6120 §4.9.3.13: no XML', '<message></iq>', 'not-well-formed'],
  ])('%s', async (_, said, condition) => {
    const { server, peer } = await scene()
    await peer.authenticate()
    peer.say(said)
    expect(await peer.until('</stream:stream>')).toContain(`<${condition} ${STREAMS}`)
    expect(server.warnings()).toHaveLength(1)
  })

  it.each([
    ['our own domain', 'a.example', 'invalid-from'],
    ['a denied domain', 'bad.example', 'policy-violation'],
  ])('a header from %s', async (_, from, condition) => {
    const { server, peer } = await scene({ policy: { deny: ['bad.example'] } })
    peer.say(header(from))
    expect(await peer.until('</stream:stream>')).toContain(`<${condition} ${STREAMS}`)
    expect(server.warnings()).toHaveLength(1)
  })

  it('dialback in the name of our own domain, where the header said nothing', async () => {
    const { server, peer } = await scene({ policy: { security: 'dialback' } })
    await peer.secure('')
    peer.say("<db:result from='a.example' to='a.example'>key</db:result>")
    expect(await peer.until('</stream:stream>')).toContain(`<invalid-from ${STREAMS}`)
    expect(server.warnings()).toHaveLength(1)
  })

  it('RFC 6120 §4.3.5: a stanza before authentication', async () => {
    const { server, peer } = await scene()
    await peer.secure()
    peer.say("<message from='x@peer.example' to='user@a.example'/>")
    expect(await peer.until('</stream:stream>')).toContain(`<not-authorized ${STREAMS}`)
    expect(server.warnings()).toHaveLength(1)
  })

  it('a large stanza before authentication, by the smaller limit', async () => {
    const { server, peer } = await scene()
    await peer.secure()
    peer.say(`<message>${'x'.repeat(20_000)}</message>`)
    expect(await peer.until('</stream:stream>')).toContain(`<policy-violation ${STREAMS}`)
    expect(server.warnings()).toHaveLength(1)
  })

  it.each([
    ['for another domain', { names: ['other.example'] }],
    ['of a chain that is not accepted', { names: ['peer.example'], fault: 'it has expired' }],
    ['none', undefined],
  ])('policy verified: a certificate %s offers no EXTERNAL, and dialback is refused', async (_, presented) => {
    const { server, network } = await scene()
    network.certify('peer.example', presented)
    const peer = new Peer(network.connect('peer.example', 'a.example'))
    expect(await peer.secure()).not.toContain('EXTERNAL')
    peer.say("<db:result from='peer.example' to='a.example'>key</db:result>")
    expect(await peer.until('</db:result>')).toContain('<not-authorized')
    expect(server.warnings()).toHaveLength(1)
  })
})

describe('what is no stream error is logged once as well, with address, claim and reason', () => {
  const line = (server: Server) => server.lines.filter(({ level }) => level === 'warn')
  const auth = (domain: string) => `<auth ${SASL} mechanism='EXTERNAL'>${Buffer.from(domain).toString('base64')}</auth>`

  it.each([
    ['no certificate', undefined, 'peer.example', 'invalid-mechanism', 'no certificate was presented'],
    [
      'a certificate of another domain',
      { names: ['other.example'] },
      'peer.example',
      'invalid-mechanism',
      expect.stringContaining('for other.example, not for peer.example'),
    ],
    [
      'another domain than that of the stream',
      { names: ['peer.example'] },
      'other.example',
      'invalid-authzid',
      undefined,
    ],
  ])('RFC 6120 §6.5: EXTERNAL with %s', async (_, presented, domain, condition, reason) => {
    const { server, network } = await scene()
    network.certify('peer.example', presented)
    const peer = new Peer(network.connect('peer.example', 'a.example'))
    await peer.secure()
    peer.say(auth(domain))
    expect(await peer.until('</failure>')).toContain(`<${condition}`)
    expect(line(server)).toMatchObject([
      {
        message: 'a server could not prove its domain',
        fields: { remoteAddress: '192.0.2.1', claimed: 'peer.example', condition, reason },
      },
    ])
  })

  it('RFC 6120 §4.9.3.4: negotiation that takes too long', async () => {
    const { server, network, peer } = await scene()
    await peer.secure()
    await network.pass(61_000, 10_000)
    expect(await peer.until('</stream:stream>')).toContain('<connection-timeout')
    expect(line(server)).toMatchObject([
      {
        message: 'a server did not authenticate in time',
        fields: { remoteAddress: '192.0.2.1', claimed: 'peer.example', reason: 'negotiation took too long' },
      },
    ])
  })

  it('not of who only came to ask about a key', async () => {
    const { server, network, peer } = await scene()
    await peer.secure()
    peer.say("<db:verify from='peer.example' to='a.example' id='1'>0123</db:verify>")
    await network.pass(61_000, 10_000)
    expect(await peer.until('</stream:stream>')).toContain('<connection-timeout')
    expect(line(server)).toEqual([])
  })

  it('a peer that does not read what it asked for', async () => {
    const { server, network, peer } = await scene({ limits: { maxOutboundBytes: 100 } })
    await peer.authenticate()
    peer.stopReading()
    peer.say(`<enable xmlns='urn:xmpp:sm:3'/>${"<r xmlns='urn:xmpp:sm:3'/>".repeat(10_000)}`)
    await network.until(() => line(server).length > 0, 'a warning')
    await network.settle()
    expect(line(server)).toMatchObject([
      {
        message: 'a server does not read what is sent to it',
        fields: { remoteAddress: '192.0.2.1', claimed: 'peer.example', reason: 'too much waits' },
      },
    ])
  })
})

describe('dialback', () => {
  it('XEP-0220 §2.2.1: a wrong key is answered invalid, and the stream ends', async () => {
    const { network, server, peer } = await scene({ policy: { security: 'dialback' } })
    open.push(await Server.start(network, 'peer.example'))
    await peer.secure()
    peer.say("<db:result from='peer.example' to='a.example'>not the key</db:result>")
    expect(await peer.until('</stream:stream>')).toContain("type='invalid'")
    expect(server.warnings()).toHaveLength(1)
  })

  it('XEP-0220 §2.5: an authoritative server that is not there is an error, and the stream goes on', async () => {
    const { server, peer } = await scene({ policy: { security: 'dialback' } })
    await peer.secure()
    peer.say("<db:result from='nowhere.invalid' to='a.example'>key</db:result>")
    expect(await peer.until('</db:result>')).toContain('<remote-server-not-found')
    expect(peer.heard).not.toContain('</stream:stream>')
    expect(server.warnings()).toHaveLength(1)
  })

  it('XEP-0220 §2.2.2: a key that we did not make is invalid; a domain that is not ours is not found', async () => {
    const { peer } = await scene()
    await peer.secure()
    peer.say("<db:verify from='peer.example' to='a.example' id='1'>0123</db:verify>")
    peer.say("<db:verify from='peer.example' to='third.example' id='2'>0123</db:verify>")
    expect(await peer.until("id='2'")).toMatch(/id='1'[^>]*type='invalid'/)
    expect(await peer.until('<item-not-found')).toMatch(/id='2'[^>]*type='error'/)
  })

  it('only one connection is made for many keys of one pair, however many ask', async () => {
    const { network, server, peer } = await scene({ policy: { security: 'dialback' } })
    open.push(await Server.start(network, 'peer.example'))
    await peer.secure()
    const others = [1, 2, 3].map(() => new Peer(network.connect('peer.example', 'a.example')))
    for (const other of others) await other.secure()
    const before = network.wires.length
    for (const each of [peer, ...others]) each.say("<db:result from='peer.example' to='a.example'>wrong</db:result>")
    for (const each of [peer, ...others]) await each.until('</stream:stream>')
    expect(network.wires.length - before).toBe(1)
    expect(server.warnings()).toHaveLength(4)
  })
})

describe('one bad stanza does not end the stream of many people', () => {
  it('RFC 6120 §8.3.3.8: a malformed to is answered jid-malformed', async () => {
    const { network, server, peer } = await scene()
    open.push(await Server.start(network, 'peer.example'))
    await peer.authenticate()
    peer.say("<iq type='get' id='q' from='x@peer.example' to='@a.example'><q xmlns='urn:x'/></iq>")
    await network.settle()
    expect(peer.heard).not.toContain('</stream:stream>')
    expect(server.kernel.federation?.links()).toContainEqual(
      expect.objectContaining({ direction: 'outgoing', remote: 'peer.example' }),
    )
  })
})
