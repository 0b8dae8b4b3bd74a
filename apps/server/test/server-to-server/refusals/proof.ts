import assert from 'node:assert/strict'
import { header, type Peer, SASL } from '../peer.ts'
import { DIALBACK, EVIL, OURS } from '../scene.ts'
import { CLAIM, message, type Refusal, VICTIM } from './refusal.ts'

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

/** Peers that are not who they say, and how they try to prove it. */
export const PROOF: readonly Refusal[] = [
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
]

/** A stanza now is one of nobody; but it is not said, so that the log has one line. */
async function closeUnheard(peer: Peer): Promise<undefined> {
  peer.write('</stream:stream>')
  await peer.ended()
  return undefined
}
