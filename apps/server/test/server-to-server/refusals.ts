import assert from 'node:assert/strict'
import { until } from '../support/waiting.ts'
import { header, ListeningPeer, type Peer, SASL, TLS, type Visitor } from './peer.ts'
import { COMPONENT, DIALBACK, EVIL, NEGOTIATION_SECONDS, OURS, type Scene } from './scene.ts'

/** One way to misbehave. Rejects when the server does not refuse it as it should. */
export interface Refusal {
  readonly name: string
  /** Lines that the server logs. 1 if not given. */
  readonly warnings?: number
  /** What its line says: of all, the address; of these, more. */
  readonly says?: readonly RegExp[]
  /** What must not be in the log. */
  readonly secrets?: readonly string[]
  run(scene: Scene): Promise<string | undefined>
}

/** The domain that the peer says to be of, as it is logged. */
const CLAIM = new RegExp(`"claimed":"${EVIL}"`)
const VICTIM = `victim@${OURS}`
const message = (from: string | undefined, to: string | undefined) =>
  `<message${from === undefined ? '' : ` from='${from}'`}${to === undefined ? '' : ` to='${to}'`} type='chat'><body>BODY</body></message>`

/** A peer that has proved who it is says something, and the stream ends. */
const afterAuthentication = (name: string, text: string, condition: string): Refusal => ({
  name: `${name}: ${condition}`,
  async run(scene) {
    const peer = await scene.authenticated()
    peer.write(text)
    assert.equal(await peer.streamError(), condition)
    return undefined
  },
})

/** A peer that nobody knows yet, inside TLS, says something, and the stream ends. */
const beforeAuthentication = (name: string, text: string, condition: string): Refusal => ({
  name: `${name}: ${condition}`,
  async run(scene) {
    const peer = await scene.connect()
    await peer.secured(EVIL, scene.certificates.evil)
    peer.write(text)
    assert.equal(await peer.streamError(), condition)
    return undefined
  },
})

/** The first thing that is said, in plain text. */
const atOnce = (name: string, text: string, condition: string): Refusal => ({
  name: `${name}: ${condition}`,
  async run(scene) {
    const peer = await scene.connect()
    peer.write(text)
    assert.equal(await peer.streamError(), condition)
    return undefined
  },
})

/** Dialback under policy `dialback`: what is asked, and what the answer has to be like. */
const dialback = (name: string, request: string, answer: RegExp, secrets: readonly string[] = []): Refusal => ({
  name,
  secrets,
  async run(scene) {
    const peer = await scene.connect()
    await peer.secured(undefined, scene.certificates.dialback)
    peer.write(request)
    await peer.take(answer)
    peer.write(message(`x@b.example`, VICTIM))
    await peer.ended()
    return undefined
  },
})

/** The server connects to a peer that misbehaves; the victim has written to it, and learns why that came to nothing. */
const visited = (
  name: string,
  serve: (visitor: Visitor, domain: string, scene: Scene) => Promise<void>,
  reason: RegExp,
): Refusal => ({
  name,
  async run(scene) {
    const domain = `visited${++visits}.example`
    await using listening = await ListeningPeer.start((visitor) => serve(visitor, domain, scene))
    scene.network.point(domain, listening.port)
    const error = await scene.write(domain)
    assert.match(error, /<remote-server-timeout/)
    assert.match(error, reason)
    return undefined
  },
})
let visits = 0

const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
const BILLION_LAUGHS = `<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 "ha">${LAUGHS}]>`
const TEN_MB = 'x'.repeat(10_000_000)
const answer = (kind: string, type: string) => `<db:${kind} from='${EVIL}' to='${OURS}' id='1' type='${type}'/>`

export const REFUSALS: readonly Refusal[] = [
  afterAuthentication('from another domain', message('x@other.example', VICTIM), 'invalid-from'),
  afterAuthentication('from our own domain', message(`admin@${OURS}`, VICTIM), 'invalid-from'),
  afterAuthentication('from our component’s domain', message(`x@${COMPONENT}`, VICTIM), 'invalid-from'),
  afterAuthentication('from a subdomain of its own', message(`x@sub.${EVIL}`, VICTIM), 'invalid-from'),
  afterAuthentication('no from', message(undefined, VICTIM), 'improper-addressing'),
  afterAuthentication('no to', message(`x@${EVIL}`, undefined), 'improper-addressing'),
  afterAuthentication('to a foreign domain (open relay)', message(`x@${EVIL}`, 'right@b.example'), 'host-unknown'),
  afterAuthentication('to a domain that nobody serves', message(`x@${EVIL}`, 'x@nowhere.invalid'), 'host-unknown'),
  afterAuthentication('an answer to db:result that nobody asked for', answer('result', 'valid'), 'policy-violation'),
  afterAuthentication('an answer to db:verify that nobody asked for', answer('verify', 'valid'), 'policy-violation'),
  beforeAuthentication('db:result valid before authentication', answer('result', 'valid'), 'policy-violation'),
  beforeAuthentication('db:verify valid before authentication', answer('verify', 'valid'), 'policy-violation'),
  beforeAuthentication('a stanza before authentication', message(`x@${EVIL}`, VICTIM), 'not-authorized'),
  afterAuthentication(
    'a stanza of 10 MB',
    `<message from='x@${EVIL}' to='${VICTIM}'><body>${TEN_MB}`,
    'policy-violation',
  ),
  beforeAuthentication('10 MB before authentication', `<message><body>${TEN_MB}`, 'policy-violation'),
  atOnce('10 MB before TLS', `${header({ from: EVIL, to: OURS })}<message><body>${TEN_MB}`, 'policy-violation'),
  atOnce('a billion laughs', `${BILLION_LAUGHS}${header({ from: EVIL, to: OURS })}`, 'restricted-xml'),
  afterAuthentication(
    'an entity',
    `<message from='x@${EVIL}' to='${VICTIM}'><body>&l9;</body></message>`,
    'restricted-xml',
  ),
  atOnce('a stream to a domain we do not serve', header({ from: EVIL, to: 'b.example' }), 'host-unknown'),
  atOnce('a stream from our own domain', header({ from: OURS, to: OURS }), 'invalid-from'),
  atOnce('a stream from our component’s domain', header({ from: COMPONENT, to: OURS }), 'invalid-from'),
  {
    name: 'authenticated for one domain, it opens its stream for another: invalid-from',
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(EVIL, scene.certificates.evil)
      peer.write(`<auth ${SASL} mechanism='EXTERNAL'>${Buffer.from(EVIL).toString('base64')}</auth>`)
      await peer.take(/<success[^>]*>/)
      peer.write(header({ from: 'other.example', to: OURS }))
      assert.equal(await peer.streamError(), 'invalid-from')
      return undefined
    },
  },
  {
    name: 'a certificate of another domain: no EXTERNAL, and dialback is not authorized',
    async run(scene) {
      const peer = await scene.connect()
      assert.doesNotMatch(await peer.secured(EVIL, scene.certificates.other), /EXTERNAL/)
      peer.write(`<db:result from='${EVIL}' to='${OURS}'>0123</db:result>`)
      assert.match(await peer.take(/<db:result .*?<\/db:result>/), /<not-authorized/)
      return closeUnheard(peer)
    },
  },
  {
    name: 'no certificate, EXTERNAL all the same: invalid-mechanism',
    says: [/could not prove/, CLAIM, /invalid-mechanism/, /no certificate was presented/],
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(EVIL)
      peer.write(`<auth ${SASL} mechanism='EXTERNAL'>${Buffer.from(EVIL).toString('base64')}</auth>`)
      assert.match(await peer.take(/<failure.*?<\/failure>/), /<invalid-mechanism/)
      return closeUnheard(peer)
    },
  },
  {
    name: 'a certificate of another domain, EXTERNAL all the same: invalid-mechanism',
    says: [/could not prove/, CLAIM, /invalid-mechanism/, /the certificate is for other\.example, not for/],
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(EVIL, scene.certificates.other)
      peer.write(`<auth ${SASL} mechanism='EXTERNAL'>${Buffer.from(EVIL).toString('base64')}</auth>`)
      assert.match(await peer.take(/<failure.*?<\/failure>/), /<invalid-mechanism/)
      return closeUnheard(peer)
    },
  },
  {
    name: 'EXTERNAL for another domain than that of the certificate: invalid-authzid',
    says: [/could not prove/, CLAIM, /invalid-authzid/],
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(EVIL, scene.certificates.evil)
      peer.write(`<auth ${SASL} mechanism='EXTERNAL'>${Buffer.from('b.example').toString('base64')}</auth>`)
      assert.match(await peer.take(/<failure.*?<\/failure>/), /<invalid-authzid|<not-authorized/)
      return closeUnheard(peer)
    },
  },
  dialback(
    'a wrong dialback key: invalid',
    `<db:result from='b.example' to='${OURS}'>5ec4e7</db:result>`,
    /<db:result [^>]*type='invalid'/,
    ['5ec4e7'],
  ),
  {
    name: 'dialback in the name of our own domain: invalid-from',
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(undefined, scene.certificates.dialback)
      peer.write(`<db:result from='${OURS}' to='${OURS}'>0123</db:result>`)
      assert.equal(await peer.streamError(), 'invalid-from')
      return undefined
    },
  },
  {
    name: 'dialback for a domain that cannot be found: an error, and nothing may be sent',
    warnings: 2, // the domain, and the stanza after it
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(undefined, scene.certificates.dialback)
      peer.write(`<db:result from='nowhere.dialback.example' to='${OURS}'>0123</db:result>`)
      await peer.take(/<db:result [^>]*type='error'.*?<remote-server-not-found/)
      peer.write(message('x@nowhere.dialback.example', VICTIM))
      assert.equal(await peer.streamError(), 'not-authorized')
      return undefined
    },
  },
  {
    name: 'a flood of db:verify: each is answered invalid, until there were too many: policy-violation',
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(DIALBACK, scene.certificates.dialback)
      for (let n = 0; n < 1000; n++) peer.write(`<db:verify from='${DIALBACK}' to='${OURS}' id='${n}'>0123</db:verify>`)
      const condition = await peer.streamError()
      assert.equal(condition, 'policy-violation')
      assert.doesNotMatch(peer.received, /type='valid'/)
      return `${peer.received.match(/type='invalid'/g)?.length} were answered`
    },
  },
  {
    name: 'what is injected in plain text behind STARTTLS is discarded',
    async run(scene) {
      const peer = await scene.connect()
      peer.open(EVIL)
      await peer.take(/<\/stream:features>/)
      const injected = `${header({ from: EVIL, to: OURS })}${message(`x@${EVIL}`, VICTIM)}`
      peer.write(`<starttls ${TLS}/>${injected}`)
      await peer.take(/<proceed[^>]*>/)
      await peer.handshake(scene.certificates.evil)
      peer.open(EVIL)
      await peer.features()
      peer.write(message(`x@${EVIL}`, VICTIM))
      assert.equal(await peer.streamError(), 'not-authorized')
      return undefined
    },
  },
  {
    name: 'dialback without TLS: an error; a stanza then: not-authorized',
    async run(scene) {
      const peer = await scene.connect()
      peer.open(DIALBACK)
      assert.doesNotMatch(await peer.features(), /dialback|mechanisms/)
      peer.write(`<db:result from='${DIALBACK}' to='${OURS}'>0123</db:result>`)
      await peer.take(/<db:result [^>]*type='error'.*?<policy-violation/)
      peer.write(message(`x@${DIALBACK}`, VICTIM))
      assert.equal(await peer.streamError(), 'not-authorized')
      return undefined
    },
  },
  {
    name: 'negotiation that never ends, with white space all the time: connection-timeout',
    says: [/did not authenticate in time/, CLAIM, /took too long/],
    async run(scene) {
      const peer = await scene.connect()
      await peer.secured(EVIL, scene.certificates.evil)
      const start = performance.now()
      const drip = setInterval(() => peer.write(' '), 100)
      try {
        assert.equal(await peer.streamError(), 'connection-timeout')
      } finally {
        clearInterval(drip)
      }
      const seconds = (performance.now() - start) / 1000
      assert.ok(seconds < 2 * NEGOTIATION_SECONDS + 1)
      return `after ${seconds.toFixed(1)} s`
    },
  },
  {
    name: 'a peer that stops reading what it asked for: it is not waited for without end',
    says: [/does not read what is sent/, CLAIM, /too much waits/],
    async run(scene) {
      const peer = await scene.authenticated()
      peer.write("<enable xmlns='urn:xmpp:sm:3'/>")
      await peer.take(/<enabled[^>]*>/)
      peer.socket.pause()
      // Acknowledgements are all that goes back on this stream.
      const requests = "<r xmlns='urn:xmpp:sm:3'/>".repeat(1000)
      let sent = 0
      for (; sent < 2_000 && !peer.socket.destroyed; sent++) {
        peer.write(requests)
        while (peer.socket.writableLength > 1_000_000 && !peer.socket.destroyed) await pause(20)
      }
      peer.socket.resume()
      await peer.ended()
      return `dropped after at most ${sent * 1000} requests`
    },
  },
  visited(
    'STARTTLS stripped on the way out: the sender learns it, nothing goes in plain text',
    async (visitor, domain) => {
      await visitor.take(/<stream:stream[^>]*>/)
      visitor.write(
        `${header({ from: domain, id: 'one' })}<stream:features><mechanisms ${SASL}><mechanism>EXTERNAL</mechanism></mechanisms><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>`,
      )
      await visitor.ended()
      assert.doesNotMatch(visitor.received, /anybody there|<auth|db:result/)
    },
    /TLS/,
  ),
  visited(
    'a certificate of another domain on the way out: the sender learns it',
    async (visitor, domain, { certificates }) => {
      await visitor.secureAs(certificates.other, domain)
      await visitor.ended()
    },
    /certificate/,
  ),
  {
    name: 'features injected in plain text behind <proceed/> are discarded: no stream stands without those inside TLS',
    async run(scene) {
      const domain = 'injecting.example'
      const certificate = await scene.network.certificate(domain)
      let heard = ''
      await using listening = await ListeningPeer.start(async (visitor) => {
        const features = `${header({ from: domain, id: 'x' })}<stream:features/>${message(`x@${domain}`, VICTIM)}`
        await visitor.secureAs(certificate, domain, features)
        await visitor.ended()
        heard = visitor.received
      })
      scene.network.point(domain, listening.port)
      // Whether the handshake or the time ends it, nothing of the stanza goes out, and the sender learns of it.
      const error = await scene.write(domain)
      assert.match(error, /<remote-server-timeout/)
      assert.doesNotMatch(heard, /anybody there/)
      return undefined
    },
  },
  ...(['result', 'verify'] as const).map(
    (kind): Refusal => ({
      name: `an answer to db:${kind} that nobody asked for, where we connected: policy-violation`,
      async run(scene) {
        const domain = `answering-${kind}.example`
        const certificate = await scene.network.certificate(domain)
        let condition = ''
        await using listening = await ListeningPeer.start(async (visitor) => {
          await visitor.letIn(certificate, domain)
          visitor.write(`<db:${kind} from='b.example' to='${OURS}' id='1' type='valid'/>`)
          condition = await visitor.streamError()
        })
        scene.network.point(domain, listening.port)
        scene.victim.write(`<message to='user@${domain}' type='headline'><body>hello</body></message>`)
        await until(() => condition !== '', 10_000, 'a stream error')
        assert.equal(condition, 'policy-violation')
        // What was written to it nobody has confirmed.
        assert.match(await scene.victim.take(/<message [^>]*type='error'.*?<\/message>/), /may have arrived/)
        return undefined
      },
    }),
  ),
  // The last one: its link is tried again and again.
  {
    name: 'a peer that stops reading what is sent to it: what waits is bounded, others are answered',
    warnings: 1, // that it is gone, in the end
    async run(scene) {
      const domain = 'deaf.example'
      const certificate = await scene.network.certificate(domain)
      let isIn = false
      await using listening = await ListeningPeer.start(async (visitor) => {
        await visitor.letIn(certificate, domain)
        await visitor.take(/<message/)
        visitor.socket.pause()
        isIn = true
      })
      scene.network.point(domain, listening.port)
      const sender = await scene.server.signIn('left', 'loud')
      const write = (body: string) =>
        sender.write(`<message to='user@${domain}' type='chat'><body>${body}</body></message>`)
      write('hello')
      await until(() => isIn, 10_000, 'the first message')
      for (let n = 0; n < 150; n++) write('x'.repeat(200_000))
      const queued = async () =>
        (await scene.server.process.links()).find(({ remote }) => remote === domain)?.queueBytes
      await until(async () => ((await queued()) ?? 0) > 1_000_000, 20_000, 'a queue', 100)
      await pause(1_000)
      const start = performance.now()
      await scene.victim.ping()
      const taken = performance.now() - start
      const waiting = (await queued()) ?? 0
      sender.destroy()
      assert.ok(waiting > 0 && waiting <= 4_194_304, `${waiting} bytes wait`)
      assert.ok(taken < 1_000, `another client is answered after ${taken} ms`)
      return `${waiting} bytes wait; another client is answered after ${taken.toFixed(0)} ms`
    },
  },
]

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A stanza now is one of nobody; but it is not said, so that the log has one line. */
async function closeUnheard(peer: Peer): Promise<undefined> {
  peer.write('</stream:stream>')
  await peer.ended()
  return undefined
}
