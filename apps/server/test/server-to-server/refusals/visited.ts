import assert from 'node:assert/strict'
import { until } from '../../support/waiting.ts'
import { header, ListeningPeer, SASL, type Visitor } from '../peer.ts'
import { OURS, type Scene } from '../scene.ts'
import { message, pause, type Refusal, VICTIM } from './refusal.ts'

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

/** Peers that we connect to. */
export const VISITED: readonly Refusal[] = [
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
