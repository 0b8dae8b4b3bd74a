import { StoredMessage } from '@parlour/server-core'
import { CLIENT_NAMESPACE, Message } from '@parlour/stanza'
import { el, parseXml, serialize, XmlError, type XmlNode } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readStored } from './stored-text.ts'

const name = fc.constantFrom('body', 'x', 'delay', 'stanza-id', 'a.b', 'Ä')
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('<&>\'"', '\r\n\t', '🌹', ']]>', ' \u00a0', '&amp;', 'xmlns='),
  fc.string({ unit: 'grapheme' }),
)
const legal = text.map((each) => each.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ''))
const attributes = fc.dictionary(fc.constantFrom('id', 'n', 'xml:lang', '{urn:a}b', 'by'), legal, { maxKeys: 3 })
const namespace = fc.constantFrom(CLIENT_NAMESPACE, 'urn:xmpp:sid:0', '', "urn:'&")
const { node } = fc.letrec((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, legal, tie('element')),
  element: fc
    .tuple(name, namespace, attributes, fc.array(tie('node'), { maxLength: 3 }))
    .map(([tag, uri, values, children]) => el(tag, uri, values, ...(children as XmlNode[]))),
}))
const message = fc
  .tuple(attributes, fc.array(node, { maxLength: 4 }))
  .map(([values, children]) => el('message', CLIENT_NAMESPACE, values, ...(children as XmlNode[])))

/** The text that is written, with the namespace that it has on the stream. */
const written = (stored: StoredMessage | Message): string =>
  (stored instanceof StoredMessage ? stored.text : serialize(stored.element, CLIENT_NAMESPACE)).replace(
    '<message',
    "<message xmlns='jabber:client'",
  )

describe('a stored message', () => {
  test('says what it said', () => {
    fc.assert(
      fc.property(message, (element) => {
        const text = element.toString()
        const stored = readStored(text)
        expect(parseXml(written(stored)).toString()).toBe(parseXml(text).toString())
        if (stored instanceof StoredMessage) expect(written(stored)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })

  test('is not parsed where it is of the usual kind', () => {
    const body = '<body>Art thou not Romeo, &amp; a Montague? 🌹</body><thread>t</thread>'
    const forwarded =
      "<x xmlns='urn:x' a='1'><y><z><q/>deep</z></y></x><delay xmlns='urn:xmpp:delay' stamp='now'>Offline</delay>"
    const usual = `<message xmlns='jabber:client' xml:lang='en' to='juliet@example.com'>${body}${forwarded}</message>`
    expect(readStored(usual)).toBeInstanceOf(StoredMessage)
    expect(readStored(usual.replace('🌹', '🌹'.repeat(40_000)))).toBeInstanceOf(Message)
  })

  test('that was damaged is found to be so, wherever it was', () => {
    const whole = "<message xmlns='jabber:client' id='1'><body>a &lt; b</body><x xmlns='urn:x'><y/>z</x></message>"
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.constantFrom('', '<', '>', '&', "'", '/', '\0', '\u0001', '\ud800', 'x'),
        (at, by) => {
          const damaged = whole.slice(0, at) + by + whole.slice(at + 1)
          let expected: string | undefined
          try {
            expected = parseXml(damaged).toString()
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError)
          }
          let found: string | undefined
          try {
            const stored = readStored(damaged)
            found = (stored instanceof StoredMessage ? stored.message : stored).element.toString()
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError)
          }
          expect(found).toBe(expected)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('takes no longer than its length asks for, however it is made', () => {
    const open = "<message xmlns='jabber:client'>"
    const nasty = [
      '<a>'.repeat(20_000),
      "<a b='c' d='&amp;&amp;".repeat(2500),
      '<a/>x&amp;'.repeat(6000),
      "<a b='".repeat(9000),
    ]
    const before = performance.now()
    for (const each of nasty) expect(() => readStored((open + each).slice(0, 65_000))).toThrow(XmlError)
    expect(performance.now() - before).toBeLessThan(5000)
  })
})

declare const performance: { now(): number }
