import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf, everyFeeding } from '../test/events.ts'
import { StreamParser } from './index.ts'
import { Utf8Decoder } from './utf8.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const HEADER = 'header {"namespace":"jabber:client"}'
const BAD = [0xff, 0xfe]
const join = (...parts: (string | readonly number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)))
const check = (input: Uint8Array, expected: string[]) => {
  for (const pieces of everyFeeding(input)) expect(eventsOf(pieces)).toEqual(expected)
}

test('RFC 6120 §11.6: stanzas that are complete before octets which are no UTF-8 are delivered, however they are cut', () => {
  const complete = [HEADER, "element <presence xmlns='jabber:client'/>"]
  check(join(OPEN, '<presence/><message>é', BAD, '</message><presence/>'), [...complete, 'error unsupported-encoding'])
  check(join(OPEN, '<presence/>', BAD), [...complete, 'error unsupported-encoding'])
  check(join(OPEN, '<presence/>', [0xc3, 0x28]), [...complete, 'error unsupported-encoding'])
})

test('RFC 6120 §4.4: what stands behind the end of the stream is not read, whatever it is', () => {
  check(join(OPEN, '</stream:stream>', BAD), [HEADER, 'footer'])
})

test('the first fault is the one that is told', () => {
  check(join(OPEN, '<presence><!-- -->', BAD), [HEADER, 'error restricted-xml'])
})

test('RFC 6120 §4.3.3: what stands behind a restart is discarded, and the new stream is read', () => {
  const seen: string[] = []
  const parser = new StreamParser({
    header: () => seen.push('header'),
    element(element) {
      seen.push(element.name)
      if (element.name === 'restart') parser.reset()
    },
    footer() {},
    error: ({ condition }) => seen.push(condition),
  })
  parser.write(join(OPEN, '<restart/>', BAD))
  parser.write(join(OPEN, '<presence/>'))
  expect(seen).toEqual(['header', 'restart', 'header', 'presence'])
})

test('RFC 3629 §3: of any octets, the text before the first that is no UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.uint8Array({ maxLength: 8 }), (text, rest) => {
      const decoder = new Utf8Decoder()
      const decoded = decoder.decode(join(text.toWellFormed(), [...BAD, ...rest]))
      expect([decoded, decoder.failed]).toEqual([text.toWellFormed(), true])
      decoder.reset()
      expect([decoder.decode(join('é')), decoder.failed]).toEqual(['é', false])
    }),
  )
})
