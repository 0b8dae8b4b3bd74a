import assert from 'node:assert/strict'
import { DIALBACK, EVIL, NEGOTIATION_SECONDS, OURS } from '../scene.ts'
import { CLAIM, pause, type Refusal } from './refusal.ts'

/** Peers that take time, or ask for more than is good. */
export const PATIENCE: readonly Refusal[] = [
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
      // Something for a busy machine; without the bound it would have no end.
      assert.ok(seconds < 2 * NEGOTIATION_SECONDS + 4, `after ${seconds} s`)
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
]
