import { FakeEnvironment } from '@parlour/testing'
import { type Element, parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { ACCOUNT, FakeStream, FEATURES } from '../../test/fake-streams.ts'
import { createClient } from '../index.ts'

const MESSAGE = parseXml(
  "<message xmlns='jabber:client' from='romeo@example.net/orchard' to='juliet@example.com/balcony' type='chat' id='1'><body>Art thou?</body></message>",
)
const acknowledgement = (h: number) => parseXml(`<a xmlns='urn:xmpp:sm:3' h='${h}'/>`)

/** A server that takes what it is sent; with stream management it acknowledges whenever it is asked. */
class Server extends FakeStream {
  handled = 0
  #deliver: (element: Element) => void = () => undefined

  override onElement(callback: (element: Element) => void): void {
    this.#deliver = callback
  }

  override send(stanza: Element | string): void {
    const text = stanza.toString()
    if (text.startsWith('<message')) this.handled++
    if (text.endsWith("<r xmlns='urn:xmpp:sm:3'/>")) this.#deliver(acknowledgement(this.handled))
  }

  deliver(element: Element): void {
    this.#deliver(element)
  }
}

async function online(streamManagement: false | object) {
  const sm = parseXml("<sm xmlns='urn:xmpp:sm:3'/>")
  const stream = new Server(ACCOUNT.withResource('balcony'), FEATURES.withChildren([sm]))
  const open = async () => stream
  const client = createClient({
    jid: ACCOUNT,
    environment: new FakeEnvironment(),
    open,
    keepalive: false,
    streamManagement,
  })
  await client.online()
  stream.deliver(parseXml("<enabled xmlns='urn:xmpp:sm:3' id='s' resume='true'/>"))
  return { client, stream }
}

const managed = await online({})
const plain = await online(false)

test('what stream management costs', async ({ bench }) => {
  await bench.compare(
    bench('sends a message, without', () => void plain.client.send(MESSAGE)),
    bench('sends a message, kept until acknowledged', () => void managed.client.send(MESSAGE)),
    bench('hands on a message, without', () => plain.stream.deliver(MESSAGE)),
    bench('hands on a message, counted', () => managed.stream.deliver(MESSAGE)),
  )
  expect(managed.stream.handled).toBeGreaterThan(0)
})
