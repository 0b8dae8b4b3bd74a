import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { eventsOf } from '../test/events.ts'
import { StreamError, StreamWriter } from './index.ts'

const OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.com' version='1.0'/>"
const HEADER = 'header {"to":"example.com","version":"1.0","namespace":"jabber:client"}'
const CLOSE = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"

const events = (...messages: (string | Uint8Array)[]) => eventsOf(messages, { framing: 'websocket' })

test('RFC 7395 §3.3.3: each message is one element', () => {
  const message = "<message xmlns='jabber:client'><body>a</body></message>"
  const expected = [HEADER, `element ${message}`, 'footer']
  expect(events(OPEN, message, CLOSE, message)).toEqual(expected)
  expect(events(...[OPEN, message, CLOSE].map((text) => new TextEncoder().encode(text)))).toEqual(expected)
})

test.each([
  ['a part of an element', "<message xmlns='jabber:client'>", 'not-well-formed'],
  ['two elements', '<a/><b/>', 'not-well-formed'],
  ['an element and text', '<a/>x', 'not-well-formed'],
  ['nothing', '', 'not-well-formed'],
  ['a character cut in two', '<a/>\ud83d', 'not-well-formed'],
  ['a comment', '<!-- --><a/>', 'restricted-xml'],
  ['a document type', '<!DOCTYPE a><a/>', 'restricted-xml'],
])('RFC 7395 §3.3.3: %s is no message', (_, message, condition) => {
  expect(events(OPEN, message)).toEqual([HEADER, `error ${condition}`])
})

test('RFC 7395 §3.3.2, §3.4: a stream begins with <open/> in the framing namespace', () => {
  expect(events("<open xmlns='urn:other'/>")).toEqual(['error invalid-namespace'])
  expect(events("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>")).toEqual([
    'error invalid-namespace',
  ])
  expect(events(CLOSE)).toEqual(['error bad-format'])
})

test('RFC 7395 §3.6.1: see-other-uri', () => {
  const writer = new StreamWriter({ framing: 'websocket', contentNamespace: 'jabber:client' })
  expect(writer.footer()).toBe(CLOSE)
  const close = writer.footer('wss://other.example/')
  expect(close).toBe("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://other.example/'/>")
  expect(events(OPEN, close)).toEqual([HEADER, 'footer'])
})

test('the limits of TCP hold here too', () => {
  const limits = {
    maxStanzaBytes: 100,
    maxDepth: 2,
    maxAttributes: 9,
    maxNameLength: 9,
    maxNamespaceLength: 90,
    maxChildren: 9,
  }
  const open = (message: string) => eventsOf([OPEN, message], { framing: 'websocket', limits }).slice(1)
  expect(open(`<a>${'x'.repeat(93)}</a>`)).toHaveLength(1)
  expect(open(`<a>${'x'.repeat(94)}</a>`)).toEqual(['error policy-violation'])
  expect(open('<a><b><c/></b></a>')).toEqual(['error policy-violation'])
})

test('RFC 7395 §3.3.3: every namespace is declared in the message', () => {
  const writer = new StreamWriter({ framing: 'websocket', contentNamespace: 'jabber:client' })
  expect(writer.header({ to: 'example.com', version: '1.0', namespace: 'jabber:client' })).toBe(OPEN)
  expect(writer.element(el('message', 'jabber:client'))).toBe("<message xmlns='jabber:client'/>")
  expect(writer.error(new StreamError('conflict'))).toBe(
    "<error xmlns='http://etherx.jabber.org/streams'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
  )
})
