import assert from 'node:assert/strict'
import { header, TLS } from '../peer.ts'
import { COMPONENT, EVIL, OURS } from '../scene.ts'
import { message, type Refusal, VICTIM } from './refusal.ts'

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

const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
const BILLION_LAUGHS = `<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 "ha">${LAUGHS}]>`
const TEN_MB = 'x'.repeat(10_000_000)
const answer = (kind: string, type: string) => `<db:${kind} from='${EVIL}' to='${OURS}' id='1' type='${type}'/>`

/** What peers say that they may not say. */
export const SAID: readonly Refusal[] = [
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
]
