import { FakeEnvironment } from '@parlour/testing'
import { type Element, el, parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { ACCOUNT, FakeStream, FEATURES } from '../test/fake-streams.ts'
import { createClient } from './index.ts'

const MESSAGE = parseXml(
  "<message xmlns='jabber:client' from='romeo@example.net/orchard' to='juliet@example.com/balcony' type='chat' id='1'><body>Art thou?</body></message>",
)
const PING = el('ping', 'urn:xmpp:ping')

class EchoStream extends FakeStream {
  #deliver: (element: Element) => void = () => undefined

  override onElement(callback: (element: Element) => void): void {
    this.#deliver = callback
  }

  override send(stanza: Element | string): void {
    if (typeof stanza !== 'string' && stanza.name === 'iq')
      this.#deliver(el('iq', 'jabber:client', { type: 'result', id: stanza.attribute('id'), from: 'example.com' }))
  }

  deliver(element: Element): void {
    this.#deliver(element)
  }
}

const stream = new EchoStream(ACCOUNT.withResource('balcony'), FEATURES)
const client = createClient({
  jid: ACCOUNT,
  environment: new FakeEnvironment(),
  open: async () => stream,
  keepalive: false,
})
await client.online()
let heard = 0
client.stanzas(() => void heard++)

test('an established client', async ({ bench }) => {
  await bench.compare(
    bench('hands on a message', () => stream.deliver(MESSAGE)),
    bench('sends a message', () => void client.send(MESSAGE)),
    bench('asks and is answered', async () => {
      await client.iq.get(PING, { to: 'example.com' })
    }),
  )
  expect(heard).toBeGreaterThan(0)
})
