import { test } from 'vitest'
import { Element, el, parseXml, serialize } from './index.ts'

/** An ordinary chat message of some 350 octets. */
const text =
  "<message xmlns='jabber:client' to='user1@example.com/resource' from='juliet@example.org/balcony' type='chat' id='a1b2-abcdef' xml:lang='en'><body>Wherefore art thou, Romeo? This is the body text of it</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='abc-1'/></message>"
const message = parseXml(text)
const fresh = () => new Element(message.name, message.namespace, message.attributes, message.children)

test('an ordinary message', async ({ bench }) => {
  await bench.compare(
    bench('parse', () => {
      parseXml(text)
    }),
    bench('serialize', () => {
      serialize(message, 'jabber:client')
    }),
    bench('build', () => {
      el(
        'message',
        'jabber:client',
        { to: 'user1@example.com', type: 'chat' },
        el('body', 'jabber:client', {}, 'Wherefore'),
      )
    }),
  )
})

test('one payload to 100 receivers', async ({ bench }) => {
  await bench.compare(
    bench('withAttributes() and serialize()', () => {
      const payload = fresh()
      for (let index = 0; index < 100; index++)
        serialize(payload.withAttributes({ to: 'user@example.com' }), 'jabber:client')
    }),
    bench('100 elements of their own', () => {
      for (let index = 0; index < 100; index++) serialize(fresh(), 'jabber:client')
    }),
  )
})
