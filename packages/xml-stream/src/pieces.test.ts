import { AttributeRecord, type Attributes, Element, serialize, type XmlNode } from '@parlour/xml'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf, randomOf, randomSplit } from '../test/events.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((value) => value.isWellFormed() && !/[^\t\n\r -\ufffd]/.test(value))
const name = fc.constantFrom('a', 'body', 'a-name-that-is-long', 'élan', '__proto__')
const namespace = fc.constantFrom('', 'jabber:client', 'urn:x', "urn:'&")
const attributes = fc.dictionary(fc.constantFrom('id', 'to', 'xml:lang', '{urn:x}y', '__proto__'), text, {
  noNullPrototype: false,
})

/** Attributes with a prefix come after the others, as they do when their namespace is looked up. */
function ordered(record: Attributes): Attributes {
  const keys = Object.keys(record).sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')))
  const attributes = new AttributeRecord()
  for (const key of keys) attributes[key] = record[key] as string
  return attributes
}

/** Neighbouring texts are one after parsing. */
function joined(children: readonly XmlNode[]): XmlNode[] {
  const nodes: XmlNode[] = []
  for (const child of children) {
    const last = nodes.at(-1)
    if (typeof child === 'string' && typeof last === 'string') nodes[nodes.length - 1] = last + child
    else nodes.push(child)
  }
  return nodes
}

const { element } = fc.letrec<{ element: Element }>((tie) => ({
  element: fc
    .tuple(
      name,
      namespace,
      attributes,
      fc.array(fc.oneof(text, tie('element')), { maxLength: 4, depthIdentifier: 'x' }),
    )
    .map(([local, uri, record, children]) => new Element(local, uri, ordered(record), joined(children))),
}))
const stanzas = fc.array(element, { maxLength: 4 })

/** As another writer might put it: sections, references, other quotes and white space in tags. */
function otherwise(written: string, random: (bound: number) => number): string {
  return written
    .replace(/>([^<>&\]\r]+)</g, (whole, run: string) => (random(3) === 0 ? `><![CDATA[${run}]]><` : whole))
    .replace(/&lt;/g, () => (random(2) === 0 ? '&#60;' : '&#x3c;'))
    .replace(/ xmlns=/g, () => (random(3) === 0 ? '\r\n\txmlns = ' : ' xmlns='))
    .replace(/(<\/[^>]+)>/g, (whole, tag: string) => (random(4) === 0 ? `${tag} >` : whole))
}

test('XML 1.0: what was written is read, whole and in random pieces', () => {
  fc.assert(
    fc.property(stanzas, fc.nat(), (elements, seed) => {
      const random = randomOf(seed)
      const content = elements.map((each) => otherwise(serialize(each, 'jabber:client'), random)).join(' ')
      const input = `${OPEN}${content}</stream:stream>`
      const expected = ['header {"namespace":"jabber:client"}', ...elements.map((each) => `element ${each}`), 'footer']
      const bytes = new TextEncoder().encode(input)
      for (const pieces of [
        [input],
        [bytes],
        randomSplit(bytes, () => 0),
        randomSplit(bytes, random, 7),
        randomSplit(input, random),
      ]) {
        expect(eventsOf(pieces)).toEqual(expected)
      }
    }),
    { numRuns: 200 },
  )
}, 60_000)

/** What is not well-formed, or forbidden in XMPP, wherever in a stanza it stands. */
const WRONG = ['<', '& ', '&x;', '\u0001', '\ufffe', '<!-- -->', '<?x?>', '<!DOCTYPE x>', '&#0;', '</']

test('XML 1.0 and RFC 6120 §11.1: what is damaged is refused there, and what stands before it is delivered', () => {
  const damages = fc.record({ wrong: fc.constantFrom(...WRONG), at: fc.nat(), seed: fc.nat() })
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 3 }), damages, (elements, { wrong, at, seed }) => {
      const written = elements.map((each) => serialize(each, 'jabber:client'))
      const content = written.join('')
      const index = at % (content.length + 1)
      const isBefore = (_: unknown, place: number) => written.slice(0, place + 1).join('').length <= index
      const before = elements.filter(isBefore).map((each) => `element ${each}`)
      const bytes = new TextEncoder().encode(
        `${OPEN}${content.slice(0, index)}${wrong}${content.slice(index)}</stream:stream>`,
      )
      for (const pieces of [[bytes], randomSplit(bytes, () => 0), randomSplit(bytes, randomOf(seed))]) {
        const events = eventsOf(pieces, {}, true)
        expect(events.slice(1, -1)).toEqual(before)
        expect(events.at(-1)).toMatch(/^error (?:not-well-formed|restricted-xml|invalid-xml)$/)
      }
    }),
    { numRuns: 500 },
  )
}, 60_000)

const FRAGMENTS = [
  '<a>',
  '</a>',
  '<b/>',
  "<a x='1'>",
  "<a xmlns='v'/>",
  "xmlns:q='w' ",
  "<p:a xmlns:p='u'>",
  '</p:a>',
  "x='",
  '"',
  "'",
  '>',
  '<',
  '/',
  '=',
  ' ',
  '&amp;',
  '&',
  '&#x41;',
  '&#0;',
  ';',
  '<![CDATA[',
  ']]>',
  ']',
  'text',
  'ü',
  '☂',
  '🎭',
  '\u0001',
  '\ufffe',
  '\n',
  '\r',
  '\t',
  'q:y="2"',
  '<!--',
  '-->',
  '<?x?>',
  '<!DOCTYPE',
  'xml:lang="en"',
  ':',
  '-',
  '.',
  '1',
  '\u00d7',
  '\u0300',
  'xmlns=""',
  "xmlns:xml='u'",
  '</m>',
]

test('whatever comes, pieces deliver what the whole delivers, and both are refused or neither', () => {
  const parts = fc.array(fc.constantFrom(...FRAGMENTS), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(parts, fc.nat(), (fragments, seed) => {
      const input = new TextEncoder().encode(`${OPEN}<m>${fragments.join('')}</m></stream:stream>`)
      const outcome = (pieces: Uint8Array[]) =>
        eventsOf(pieces, {}, true).map((event) => (event.startsWith('error') ? 'error' : event))
      const whole = outcome([input])
      expect(outcome(randomSplit(input, randomOf(seed), 5))).toEqual(whole)
      expect(outcome(randomSplit(input, () => 0))).toEqual(whole)
    }),
    { numRuns: 5000 },
  )
}, 60_000)
