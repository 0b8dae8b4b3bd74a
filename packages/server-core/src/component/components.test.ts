import { createHash } from 'node:crypto'
import { FakeEnvironment, ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { describe, expect, test } from 'vitest'
import { Stand } from '../kernel.fixture.ts'
import { settled } from '../presence/scene.fixture.ts'
import {
  acceptComponentStream,
  type ComponentSettings,
  type ComponentStreamOptions,
  type Components,
  serveComponents,
} from './index.ts'

const OPEN = (to: string, namespace = 'jabber:component:accept') =>
  `<?xml version='1.0'?><stream:stream xmlns='${namespace}' xmlns:stream='http://etherx.jabber.org/streams' to='${to}'>`
const HEADER = (from: string) =>
  `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='${from}' id='{id}' xml:lang='en'>`
const ERROR = (condition: string, text?: string) =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>${
    text === undefined ? '' : `<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</text>`
  }</stream:error></stream:stream>`
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

const ECHO: ComponentSettings = { domain: 'echo.example.com', secret: 'thou shalt not' }
const PLAYS: ComponentSettings = { domain: 'plays.shakespeare.lit', secret: 'ducks' }

/** A kernel with components, and peers that come as such. */
class Scene {
  readonly stand: Stand
  readonly components: Components
  readonly environment: FakeEnvironment
  readonly log: Record<string, unknown>[]
  options: Partial<ComponentStreamOptions> = {}

  private constructor(stand: Stand, components: Components, environment: FakeEnvironment, log: Scene['log']) {
    this.stand = stand
    this.components = components
    this.environment = environment
    this.log = log
  }

  static async open(components: readonly ComponentSettings[] = [ECHO, PLAYS]): Promise<Scene> {
    const environment = new FakeEnvironment()
    const stand = await Stand.open({ environment })
    const lines: Record<string, unknown>[] = []
    const note = (fields: Readonly<Record<string, unknown>>, message: string) => void lines.push({ message, ...fields })
    const log = { debug: note, info: note, warn: note, error: note, child: () => log }
    return new Scene(stand, serveComponents(stand.kernel, { components, log }), environment, lines)
  }

  /** A connection that has said nothing. */
  connection({ chunkBytes, remoteAddress }: { chunkBytes?: number; remoteAddress?: string } = {}) {
    const [client, server] = createMemoryPair({
      ...(chunkBytes !== undefined && { chunkBytes }),
      ...(remoteAddress !== undefined && { remoteAddress }),
    })
    acceptComponentStream(server, this.options, this.components)
    return client
  }

  /** A component that has sent its handshake. */
  async introduce({ domain, secret }: ComponentSettings, options: Parameters<Scene['connection']>[0] = {}) {
    const peer = new ScriptedPeer(this.connection(options))
    peer.send(OPEN(domain))
    await peer.expect(HEADER(domain))
    peer.send(`<handshake>${sha1(`${peer.captures.get('id')}${secret}`)}</handshake>`)
    return peer
  }

  async connect(settings: ComponentSettings, options: Parameters<Scene['connection']>[0] = {}) {
    const peer = await this.introduce(settings, options)
    await peer.expect('<handshake/>')
    return peer
  }
}

describe('XEP-0114 §3: the handshake', () => {
  test.each([undefined, 1, 7])('in pieces of %s bytes, then stanzas both ways', async (chunkBytes) => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const echo = await scene.connect(ECHO, { ...(chunkBytes !== undefined && { chunkBytes }) })
    echo.send(
      `<message from='anybody@echo.example.com/at' to='juliet@example.com/balcony'><body>&lt;é&gt;</body></message>`,
    )
    await settled()
    expect(juliet.look()).toEqual([
      "<message from='anybody@echo.example.com/at' to='juliet@example.com/balcony'><body>&lt;é&gt;</body></message>",
    ])
    await juliet.say("<message to='x@echo.example.com' id='m'><body>Ay me!</body></message>")
    await echo.expect(
      "<message to='x@echo.example.com' id='m' from='juliet@example.com/balcony'><body>Ay me!</body></message>",
    )
    expect(scene.environment.pendingTimers).toBe(0)
  })

  test('what stands behind the handshake in the same piece waits for the verdict', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const peer = new ScriptedPeer(scene.connection())
    peer.send(OPEN(ECHO.domain))
    await peer.expect(HEADER(ECHO.domain))
    const handshake = sha1(`${peer.captures.get('id')}${ECHO.secret}`)
    peer.send(`<handshake>${handshake}</handshake><message from='echo.example.com' to='juliet@example.com/balcony'/>`)
    await peer.expect('<handshake/>')
    await settled()
    expect(juliet.look()).toHaveLength(1)
  })

  test('"MUST close the stream and the underlying TCP connection, and SHOULD return a <not-authorized/>"', async () => {
    const scene = await Scene.open()
    const peer = await scene.introduce({ ...ECHO, secret: 'of another' })
    await peer.expect(ERROR('not-authorized', 'the secret is not the one configured for echo.example.com'))
    await peer.expectClosed()
    expect(JSON.stringify(scene.log)).not.toContain('thou shalt not')
    expect(scene.components.list()[0]).toMatchObject({ domain: 'echo.example.com', connected: false })
  })

  test.each([
    ['a stanza', "<message from='echo.example.com' to='juliet@example.com'/>"],
    ['a handshake of another namespace', "<handshake xmlns='jabber:client'/>"],
  ])('%s instead of it is not authorized', async (_, instead) => {
    const scene = await Scene.open()
    const peer = new ScriptedPeer(scene.connection())
    peer.send(OPEN(ECHO.domain))
    await peer.expect(HEADER(ECHO.domain))
    peer.send(instead)
    await peer.expect(ERROR('not-authorized', 'the handshake comes first'))
    await peer.expectClosed()
  })

  test.each([
    [
      'an unknown domain',
      OPEN('other.example.com'),
      ERROR('host-unknown', 'no component other.example.com is configured here'),
    ],
    [
      "the server's own domain",
      OPEN('example.com'),
      ERROR('host-unknown', 'no component example.com is configured here'),
    ],
    [
      'no domain',
      OPEN('a@echo.example.com'),
      ERROR('host-unknown', 'no component without a domain is configured here'),
    ],
    ['another content namespace', OPEN('echo.example.com', 'jabber:client'), ERROR('invalid-namespace', '*')],
    ['no XML', 'GET / HTTP/1.1\r\n\r\n', ERROR('*', '*')],
  ])('%s: a header of ours, then the error', async (_, said, error) => {
    const scene = await Scene.open()
    const peer = new ScriptedPeer(scene.connection())
    peer.send(said)
    await peer.expect(HEADER(''))
    await peer.expect(error.replace(/<\*.*?\/>/, "<not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"))
    await peer.expectClosed()
  })

  test('who says nothing, or never ends, is not waited for', async () => {
    const scene = await Scene.open()
    const silent = new ScriptedPeer(scene.connection())
    const slow = new ScriptedPeer(scene.connection())
    slow.send(OPEN(ECHO.domain))
    await slow.expect(HEADER(ECHO.domain))
    slow.send('<handshake>')
    scene.environment.advance(30_000)
    await silent.expect(HEADER('') + ERROR('connection-timeout', 'negotiation took too long'))
    await slow.expect(ERROR('connection-timeout', 'negotiation took too long'))
    await settled()
    await silent.expectClosed()
    expect(scene.environment.pendingTimers).toBe(0)
  })

  test('a handshake larger than the limits for strangers', async () => {
    const scene = await Scene.open()
    const peer = new ScriptedPeer(scene.connection())
    peer.send(OPEN(ECHO.domain))
    await peer.expect(HEADER(ECHO.domain))
    peer.send(`<handshake>${'a'.repeat(1_000_000)}`)
    await peer.expect(ERROR('policy-violation', '*'))
    await peer.expectClosed()
  })

  test('who guesses secrets waits, longer each time, then is refused unheard; another address is not', async () => {
    const scene = await Scene.open()
    const wrong = { ...ECHO, secret: 'a guess' }
    for (let guess = 0; guess < 10; guess++) {
      const peer = await scene.introduce(wrong, { remoteAddress: '192.0.2.66' })
      await peer.expectUntil('</stream:error>')
    }
    const waiting: ScriptedPeer[] = []
    for (let more = 0; more < 4; more++) waiting.push(await scene.introduce(ECHO, { remoteAddress: '192.0.2.66' }))
    const fifth = await scene.introduce(ECHO, { remoteAddress: '192.0.2.66' })
    await fifth.expect(ERROR('resource-constraint', 'too many failed sign-ins: try again later'))
    await scene.connect(PLAYS, { remoteAddress: '192.0.2.67' })
    await settled()
    expect(waiting[0]?.heard).not.toContain('handshake')
    scene.environment.advance(1000)
    await waiting[0]?.expect('<handshake/>')
  })
})

describe('conflicts', () => {
  test('by default the newer one gets <conflict/>, and the older one goes on', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const older = await scene.connect(ECHO)
    const newer = await scene.introduce(ECHO)
    await newer.expect(ERROR('conflict', 'another connection serves echo.example.com'))
    await newer.expectClosed()
    await juliet.say("<message to='echo.example.com'/>")
    await older.expect("<message to='echo.example.com' from='juliet@example.com/balcony'/>")
    older.send('</stream:stream>')
    await older.expect('</stream:stream>')
    await older.expectClosed()
    await settled()
    await scene.connect(ECHO)
  })

  test('with `replace` the older one gets it', async () => {
    const scene = await Scene.open([{ ...ECHO, conflict: 'replace' }])
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const older = await scene.connect(ECHO)
    const newer = await scene.connect(ECHO)
    await older.expect(ERROR('conflict', 'a newer connection serves echo.example.com'))
    await settled()
    await juliet.say("<message to='echo.example.com'/>")
    await newer.expect("<message to='echo.example.com' from='juliet@example.com/balcony'/>")
    expect(scene.components.list()[0]).toMatchObject({ connected: true, sent: 1 })
  })

  test('a wrong secret replaces nobody', async () => {
    const scene = await Scene.open([{ ...ECHO, conflict: 'replace' }])
    const older = await scene.connect(ECHO)
    const wrong = await scene.introduce({ ...ECHO, secret: 'of another' })
    await wrong.expectUntil("<not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    expect(older.heard).not.toContain('error')
  })
})

describe('XEP-0114 §3: "MUST possess a from attribute and a to attribute"', () => {
  test.each([
    [
      "the domain of from 'MUST match the hostname of the component'",
      "from='juliet@example.com' to='romeo@example.net'",
      'invalid-from',
    ],
    ['a subdomain is another one', "from='a@b.echo.example.com' to='romeo@example.net'", 'invalid-from'],
    ['another component', "from='plays.shakespeare.lit' to='romeo@example.net'", 'invalid-from'],
    ['no address at all', "from='@@' to='romeo@example.net'", 'invalid-from'],
    ['no from', "to='romeo@example.net'", 'improper-addressing'],
    ['no to', "from='echo.example.com'", 'improper-addressing'],
  ])('%s: %s', async (_, addresses, condition) => {
    const scene = await Scene.open()
    const romeo = await scene.stand.connect('romeo@example.net/orchard')
    const echo = await scene.connect(ECHO)
    echo.send(
      `<message ${addresses}><body>I am she</body></message><message from='echo.example.com' to='romeo@example.net'/>`,
    )
    await echo.expect(ERROR(condition, '*'))
    scene.environment.advance(5000)
    await echo.expectClosed()
    await settled()
    expect(romeo.look()).toEqual([])
  })

  test('what is no stanza ends the stream; stanzas of jabber:client are none here', async () => {
    const scene = await Scene.open()
    for (const said of ['<log/>', "<message xmlns='jabber:client' from='echo.example.com' to='romeo@example.net'/>"]) {
      const echo = await scene.connect(ECHO)
      echo.send(said)
      await echo.expect(ERROR('unsupported-stanza-type'))
      scene.environment.advance(5000)
      await echo.expectClosed()
      await settled()
    }
  })

  test('a malformed to is answered', async () => {
    const scene = await Scene.open()
    const echo = await scene.connect(ECHO)
    echo.send("<iq type='get' id='1' from='echo.example.com' to='a@@b'><ping xmlns='urn:xmpp:ping'/></iq>")
    await echo.expect(
      "<iq to='echo.example.com' id='1' type='error'><error type='modify'><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>*</error></iq>".replace(
        '*',
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>*</text>",
      ),
    )
  })
})

describe('routing', () => {
  test('requests of a component are answered to the very address that asked, also errors', async () => {
    const scene = await Scene.open()
    const echo = await scene.connect(ECHO)
    echo.send("<iq type='get' id='1' from='u@echo.example.com/r' to='example.com'><query xmlns='jabber:iq:none'/></iq>")
    await echo.expect(
      "<iq from='example.com' to='u@echo.example.com/r' id='1' type='error'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    )
    echo.send("<message id='2' from='u@echo.example.com' to='nobody@example.com'><body/></message>")
    await echo.expect(
      "<message from='nobody@example.com' to='u@echo.example.com' id='2' type='error'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
    )
  })

  test('components reach each other', async () => {
    const scene = await Scene.open()
    const [echo, plays] = [await scene.connect(ECHO), await scene.connect(PLAYS)]
    echo.send("<iq type='get' id='1' from='a@echo.example.com' to='plays.shakespeare.lit'><x xmlns='urn:x'/></iq>")
    await plays.expect(
      "<iq type='get' id='1' from='a@echo.example.com' to='plays.shakespeare.lit'><x xmlns='urn:x'/></iq>",
    )
    plays.send("<iq type='result' id='1' to='a@echo.example.com' from='plays.shakespeare.lit'/>")
    await echo.expect("<iq type='result' id='1' to='a@echo.example.com' from='plays.shakespeare.lit'/>")
  })

  test('subscription and presence go both ways', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    await juliet.say('<presence/>')
    juliet.look()
    const echo = await scene.connect(ECHO)
    await juliet.say("<presence type='subscribe' to='bot@echo.example.com'/>")
    await echo.expect("<presence type='subscribe' to='bot@echo.example.com' from='juliet@example.com'/>")
    echo.send("<presence type='subscribed' from='bot@echo.example.com' to='juliet@example.com'/>")
    echo.send("<presence from='bot@echo.example.com/at' to='juliet@example.com'><show>chat</show></presence>")
    await settled()
    expect(juliet.look().at(-1)).toContain('<show>chat</show>')
    echo.send("<presence type='subscribe' from='bot@echo.example.com' to='juliet@example.com'/>")
    await settled()
    await juliet.say("<presence type='subscribed' to='bot@echo.example.com'/>")
    await echo.expectUntil("<presence type='subscribed' to='bot@echo.example.com' from='juliet@example.com'/>")
    await echo.expectUntil("<presence to='bot@echo.example.com' from='juliet@example.com/balcony'/>")
    await juliet.say("<presence type='unavailable'/>")
    await echo.expectUntil("<presence type='unavailable' to='bot@echo.example.com' from='juliet@example.com/balcony'/>")
  })

  test('a component that is not connected: <service-unavailable/> of type wait, with the reason', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const error = (await juliet.say("<message to='a@echo.example.com' id='m'><body/></message>"))[0]
    expect(error).toBe(
      "<message from='a@echo.example.com' to='juliet@example.com/balcony' id='m' type='error'><error type='wait'>" +
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" +
        'the component echo.example.com is not connected</text></error></message>',
    )
    expect(await juliet.say("<message to='a@echo.example.com' type='error'/>")).toEqual([])
    expect(await juliet.say("<presence to='a@echo.example.com' type='unavailable'/>")).toEqual([])
  })

  test('a connected component is an item of its parent domain, or of the host that is named (XEP-0030 §4.1)', async () => {
    const scene = await Scene.open([
      { ...ECHO, name: 'Echo' },
      { ...PLAYS, listedBy: 'example.net' },
    ])
    const items = (host: string) => scene.stand.kernel.router.host(host)?.discovery.items()
    expect(items('example.com')).toEqual([])
    const echo = await scene.connect(ECHO)
    await scene.connect(PLAYS)
    expect(items('example.com')).toEqual([{ jid: 'echo.example.com', name: 'Echo' }])
    expect(items('example.net')).toEqual([{ jid: 'plays.shakespeare.lit' }])
    echo.end()
    await settled()
    expect(items('example.com')).toEqual([])
    expect(scene.log.at(-1)).toMatchObject({ message: 'a component is no longer connected', reason: 'lost' })
  })
})

describe('floods', () => {
  test('a component that does not read is dropped when too much waits, and costs nobody else anything', async () => {
    const scene = await Scene.open()
    scene.options = { maxOutboundBytes: 100_000 }
    const connection = scene.connection()
    const peer = new ScriptedPeer(connection)
    peer.send(OPEN(ECHO.domain))
    await peer.expect(HEADER(ECHO.domain))
    peer.send(`<handshake>${sha1(`${peer.captures.get('id')}${ECHO.secret}`)}</handshake>`)
    await peer.expect('<handshake/>')
    connection.pause()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const body = 'x'.repeat(10_000)
    let refused: string | undefined
    for (let n = 0; n < 40 && !refused; n++)
      refused = (await juliet.say(`<message to='echo.example.com'><body>${body}</body></message>`))[0]
    expect(refused).toContain('the component echo.example.com is not connected')
    expect(scene.components.list()[0]).toMatchObject({ connected: false, bufferedBytes: 0 })
  })

  test('one that sends more than its share is read more slowly', async () => {
    const scene = await Scene.open()
    scene.options = { inboundBytesPerSecond: 10_000, inboundBurstBytes: 10_000 }
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const echo = await scene.connect(ECHO)
    const stanza = `<message from='echo.example.com' to='juliet@example.com/balcony'><body>${'x'.repeat(5_000)}</body></message>`
    for (let n = 0; n < 10; n++) {
      echo.send(stanza)
      await settled()
    }
    const heard = juliet.look().length
    expect(heard).toBeLessThan(5)
    for (let second = 0; second < 10; second++) {
      scene.environment.advance(1000)
      await settled()
    }
    expect(heard + juliet.look().length).toBe(10)
  })

  test('a stanza beyond the limit ends the stream', async () => {
    const scene = await Scene.open()
    const echo = await scene.connect(ECHO)
    echo.send(`<message from='echo.example.com' to='juliet@example.com'><body>${'x'.repeat(1_000_000)}`)
    await echo.expect(ERROR('policy-violation', '*'))
    await echo.expectClosed()
  })
})

test('domains that are hosts, or taken, or none are refused', async () => {
  const { kernel } = await Stand.open()
  const log = (await Scene.open()).stand.log
  for (const domains of [['example.com'], ['echo.example.com', 'Echo.Example.com'], ['a@b']])
    expect(() =>
      serveComponents(kernel, { components: domains.map((domain) => ({ domain, secret: 's' })), log }),
    ).toThrow(/is taken already|is no domain/)
})

test('the server that stops says so to components', async () => {
  const scene = await Scene.open()
  const echo = await scene.connect(ECHO)
  const stopped = scene.stand.kernel.stop({ graceMs: 1000 })
  await echo.expect(ERROR('system-shutdown'))
  echo.end()
  await stopped
  expect(scene.environment.pendingTimers).toBe(0)
})
