import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { eventsOf } from '../test/events.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

/** Whether an independent strict parser takes a stream, and what XMPP forbids besides (RFC 6120 §11.1). */
function saxesAccepts(content: string): boolean {
  const parser = new SaxesParser({ xmlns: true })
  let accepted = true
  const refuse = () => {
    accepted = false
  }
  parser.on('error', refuse)
  parser.on('comment', refuse)
  parser.on('processinginstruction', refuse)
  parser.on('doctype', refuse)
  parser.write(OPEN + content)
  parser.write('</stream:stream>').close()
  return accepted
}

const fragment = fc.constantFrom(
  '<a>',
  '</a>',
  '<b/>',
  "<a x='1'>",
  "<p:a xmlns:p='u'>",
  '</p:a>',
  "<a xmlns='v'/>",
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
  "xmlns:q='w' ",
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
)

test('XML 1.0 and Namespaces in XML 1.0: what saxes refuses is refused, what it takes is taken', () => {
  fc.assert(
    fc.property(fc.array(fragment, { minLength: 1, maxLength: 12 }), (parts) => {
      const content = `<m>${parts.join('')}</m>`
      const events = eventsOf([OPEN, content, '</stream:stream>'], {}, true)
      const accepted = !events.some((event) => event.startsWith('error'))
      expect([content, accepted]).toEqual([content, saxesAccepts(content)])
    }),
    { numRuns: 5000 },
  )
})
