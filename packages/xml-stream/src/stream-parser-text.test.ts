import { expect, test } from 'vitest'
import { eventsOf } from '../test/events.ts'
import { HEADER, inStream, OPEN } from './stream-parser.fixture.ts'

/** Every text of this length over an alphabet. */
function textsOf(alphabet: string, length: number): string[] {
  if (length === 0) return ['']
  return textsOf(alphabet, length - 1).flatMap((text) => [...alphabet].map((character) => text + character))
}

/** The text cut behind each character whose bit is set. */
function cutAt(text: string, cuts: number): string[] {
  const pieces = ['']
  for (const [index, character] of [...text].entries()) {
    pieces.push(`${pieces.pop()}${character}`)
    if ((cuts >> index) & 1) pieces.push('')
  }
  return pieces
}

test('a lone surrogate in a string is not well-formed', () => {
  for (const text of ['<a>\ud800</a>', '<a>\udc00</a>', "<a b='\ud83d'/>"]) {
    expect(eventsOf([OPEN, text])).toEqual([HEADER, 'error not-well-formed'])
    expect(eventsOf([OPEN, ...text])).toEqual([HEADER, 'error not-well-formed'])
  }
})

test('XML 1.0 §2.11: line ends become line feeds', () => {
  inStream('<a>1\r\n2\r3\n4\r\r\n5&#13;</a>', "element <a xmlns='jabber:client'>1\n2\n3\n4\n\n5&#xD;</a>")
  inStream('<a><![CDATA[1\r\n2\r]]>\n</a>', "element <a xmlns='jabber:client'>1\n2\n\n</a>")
})

test('XML 1.0 §3.3.3: attribute values are normalized, references to white space stay', () => {
  inStream(
    "<a b='1\t2\r\n3\n4&#10;5&#x9;&quot;&apos;'/>",
    "element <a xmlns='jabber:client' b='1 2 3 4&#xA;5&#x9;&quot;&apos;'/>",
  )
})

test('XML 1.0 §2.7, §4.6: sections and the predefined entities', () => {
  inStream(
    '<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F3AD;<![CDATA[<b>&amp;]]]]><![CDATA[>]]>]]</a>',
    `element <a xmlns='jabber:client'>&lt;&gt;&amp;"'A🎭&lt;b&gt;&amp;amp;]]&gt;]]</a>`,
  )
})

test('names and values that JavaScript knows are only names', () => {
  inStream(
    "<a __proto__='1' constructor='2'><__proto__/><toString hasOwnProperty='3'/></a>",
    "element <a xmlns='jabber:client' __proto__='1' constructor='2'><__proto__/><toString hasOwnProperty='3'/></a>",
  )
})

test("XML 1.0 §2.4: ']]>' is refused in text, and nothing else is, wherever the text is cut", () => {
  const texts = [''].concat(...Array.from({ length: 5 }, (_, length) => textsOf(']>?\r', length + 1)))
  for (const text of texts) {
    const expected = text.includes(']]>') ? 'error not-well-formed' : 'element'
    for (let cuts = 0; cuts < 1 << Math.max(0, text.length - 1); cuts++) {
      const pieces = [`${OPEN}<a>`, ...cutAt(text, cuts), '</a>']
      expect(eventsOf(pieces)[1]?.startsWith(expected), JSON.stringify(pieces)).toBe(true)
    }
  }
})
