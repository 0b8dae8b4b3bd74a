import { type Element, el } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FoundEvent,
  MESSAGE_ARCHIVE,
  OFFLINE_MESSAGES,
  PORTABLE_DATA_NAMESPACE,
  PortableDataError,
  PortableDataReader,
  PortableDataWriter,
  type PortableEvent,
  ROSTER,
  readPortableData,
  readScramCredentials,
  scramCredentialsElement,
} from './index.ts'

const NS = `xmlns='${PORTABLE_DATA_NAMESPACE}'`

function read(text: string, pieceLength = text.length || 1): FoundEvent[] {
  const reader = new PortableDataReader()
  const octets = new TextEncoder().encode(text)
  const events: FoundEvent[] = []
  for (let at = 0; at < octets.length; at += pieceLength)
    events.push(...reader.write(octets.subarray(at, at + pieceLength)))
  return [...events, ...reader.end()]
}

function write(events: readonly PortableEvent[]): string {
  const writer = new PortableDataWriter()
  return events.map((event) => writer.write(event)).join('') + writer.end()
}

const codeOf = (text: string): string => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof PortableDataError) return error.code
    throw error
  }
  return 'none'
}

const shown = (events: readonly FoundEvent[]) =>
  events.map((event) => {
    if (event.type === 'item') return `${event.within?.name ?? ''}>${event.element.toString()}`
    if (event.type === 'host') return `host ${event.domain}`
    if (event.type === 'user') return `user ${event.name} ${event.password ?? ''}`.trim()
    if (event.type === 'unknown') return `unknown ${event.name.name} at ${event.line}`
    return event.type === 'include' ? `include ${event.href}` : event.type
  })

const DOCUMENT = `<?xml version='1.0' encoding='UTF-8'?>
<!-- a comment -->
<server-data ${NS}>
  <host jid='capulet.com'>
    <user name='juliet' password='s3cr3t'>
      <query xmlns='jabber:iq:roster'>
        <item jid='romeo@montague.net' name='Romeo' subscription='both'><group>Friends</group></item>
        <item jid='nurse@capulet.com'/>
      </query>
      <vCard xmlns='vcard-temp'><FN>Juliet <![CDATA[<Capulet>]]></FN></vCard>
      <offline-messages>
        <message xmlns='jabber:client' from='romeo@montague.net/orchard' xml:lang='en'><body>a &amp; b</body></message>
      </offline-messages>
      <archive xmlns='urn:xmpp:pie:0#mam'><result xmlns='urn:xmpp:mam:2' id='1'/></archive>
    </user>
    <user name='tybalt'/>
    <other xmlns='urn:example'><user ${NS} name='not one'/></other>
  </host>
  <host jid='montague.net'><user name='romeo'/></host>
</server-data>`

const EXPECTED = [
  'host capulet.com',
  'user juliet s3cr3t',
  "query><item xmlns='jabber:iq:roster' jid='romeo@montague.net' name='Romeo' subscription='both'><group>Friends</group></item>",
  "query><item xmlns='jabber:iq:roster' jid='nurse@capulet.com'/>",
  "><vCard xmlns='vcard-temp'><FN>Juliet &lt;Capulet&gt;</FN></vCard>",
  "offline-messages><message xmlns='jabber:client' from='romeo@montague.net/orchard' xml:lang='en'><body>a &amp; b</body></message>",
  "archive><result xmlns='urn:xmpp:mam:2' id='1'/>",
  'user-end',
  'user tybalt',
  'user-end',
  'unknown other at 17',
  'host-end',
  'host montague.net',
  'user romeo',
  'user-end',
  'host-end',
]

describe('reading', () => {
  test('XEP-0227 §4: hosts, users and what is in them come in order, whatever the pieces', () => {
    expect(shown(read(DOCUMENT))).toEqual(EXPECTED)
    for (const length of [1, 2, 7, 64]) expect(shown(read(DOCUMENT, length))).toEqual(EXPECTED)
  })

  test('XEP-0227 §5: "containing a relative URI, having no parse attribute" is an inclusion; in user data it is not', () => {
    const include = `xmlns='http://www.w3.org/2001/XInclude'`
    const text = `<server-data ${NS}><include ${include} href='a.xml'/><include ${include} href='file:///etc/passwd'/>
      <include ${include} href='/etc/passwd'/><include ${include} href='a' parse='text'/><include ${include} href='a' xpointer='b'/>
      <host jid='a.example'><include ${include} href='b/c.xml'/><user name='d'><include ${include} href='e.xml'/>
      <query xmlns='jabber:iq:private'><x xmlns='urn:x'><include ${include} href='f'/></x></query></user></host></server-data>`
    expect(shown(read(text))).toEqual([
      'include a.xml',
      'unknown include at 1',
      ...['unknown include at 2', 'unknown include at 2', 'unknown include at 2'],
      'host a.example',
      'include b/c.xml',
      'user d',
      'include e.xml',
      "query><x xmlns='urn:x'><include xmlns='http://www.w3.org/2001/XInclude' href='f'/></x>",
      'user-end',
      'host-end',
    ])
  })

  test('a file for each host and user (XEP-0227 §5.1) is read as one document', async () => {
    const include = (href: string) => `<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='${href}'/>`
    const files: Record<string, string> = {
      'main.xml': `<server-data ${NS}>${include('capulet.com.xml')}${include('gone.xml')}</server-data>`,
      'capulet.com.xml': `<host ${NS} jid='capulet.com'>${include('capulet.com/juliet.xml')}</host>`,
      'capulet.com/juliet.xml': `<user ${NS} name='juliet'>${include('vcard.xml')}</user>`,
      'capulet.com/vcard.xml': `<vCard xmlns='vcard-temp'/>`,
    }
    const events: FoundEvent[] = []
    const open = async function* (file: string) {
      yield new TextEncoder().encode(files[file] as string)
    }
    const resolve = (href: string, file: string) => {
      const path = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/${href}` : href
      return path in files ? path : undefined
    }
    for await (const event of readPortableData('main.xml', { open, resolve })) events.push(event)
    expect(shown(events)).toEqual([
      'host capulet.com',
      'user juliet',
      "><vCard xmlns='vcard-temp'/>",
      'user-end',
      'host-end',
      'include gone.xml',
    ])
  })

  test('files that include themselves for ever are refused', async () => {
    const include = `<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='again'/>`
    const open = async function* (file: string) {
      yield new TextEncoder().encode(file === 'main' ? `<server-data ${NS}>${include}</server-data>` : include)
    }
    const events = readPortableData('main', { open, resolve: (href) => href })
    await expect(events.next()).rejects.toThrow('included too deeply')
  })

  test('what is no such document is refused, with the line', () => {
    expect(codeOf('')).toBe('not-well-formed')
    expect(codeOf('<html/>')).toBe('not-portable-data')
    expect(codeOf(`<server-data ${NS}><host/></server-data>`)).toBe('not-portable-data')
    expect(codeOf(`<host ${NS} jid='a'><user/></host>`)).toBe('not-portable-data')
    expect(codeOf(`<server-data ${NS}><host jid='a'>`)).toBe('not-well-formed')
    expect(codeOf(`<server-data ${NS}></server-date>`)).toBe('not-well-formed')
    expect(codeOf(`<server-data ${NS}>& </server-data>`)).toBe('not-well-formed')
    expect(codeOf('<!DOCTYPE a [<!ENTITY b "c">]><a/>')).toBe('unsupported')
    expect(codeOf(`<?xml version='1.0' encoding='ISO-8859-1'?><server-data ${NS}/>`)).toBe('unsupported')
    expect(() => read(`<server-data ${NS}>\n\n<host/></server-data>`)).toThrow('line 3: <host/> without jid')
    const reader = new PortableDataReader()
    expect(() => reader.write(Uint8Array.of(0x3c, 0xff))).toThrow('not UTF-8')
  })

  test('an item beyond the limits is refused, and a long document of small ones is not', () => {
    const limits = { maxItemLength: 100_000, maxDepth: 5 }
    const feed = (inside: string) => {
      const reader = new PortableDataReader({ limits })
      reader.write(`<host ${NS} jid='a'><user name='b'>`)
      for (let n = 0; n < 40; n++) reader.write(inside)
    }
    expect(() => feed('x'.repeat(10_000))).toThrow('longer than 100000')
    expect(() => feed('<a xmlns="b"><c>')).toThrow('nested too deeply')
    expect(() => feed(`<a>${'&'.repeat(1)}${'x'.repeat(10_000)}`)).toThrow(PortableDataError)
    expect(() => feed(`<a>${'x'.repeat(60_000)}</a>`)).not.toThrow()
  })
})

describe('writing', () => {
  test('items of one container stand together; a new user or host ends the former', () => {
    const message = (id: string) => el('message', 'jabber:client', { id })
    const text = write([
      { type: 'host', domain: 'a.example' },
      { type: 'user', name: 'b', password: "'&" },
      { type: 'item', element: message('1'), within: OFFLINE_MESSAGES },
      { type: 'item', element: message('2'), within: OFFLINE_MESSAGES },
      { type: 'item', element: el('item', 'jabber:iq:roster', { jid: 'c' }), within: ROSTER },
      { type: 'item', element: el('x', 'urn:x') },
      { type: 'user', name: 'd' },
      { type: 'host', domain: 'e' },
    ])
    expect(text).toBe(`<?xml version='1.0' encoding='UTF-8'?>
<server-data xmlns='urn:xmpp:pie:0'>
<host jid='a.example'>
<user name='b' password='&apos;&amp;'>
<offline-messages>
<message xmlns='jabber:client' id='1'/>
<message xmlns='jabber:client' id='2'/>
</offline-messages>
<query xmlns='jabber:iq:roster'>
<item jid='c'/>
</query>
<x xmlns='urn:x'/>
</user>
<user name='d'>
</user>
</host>
<host jid='e'>
</host>
</server-data>
`)
    expect(write([])).toContain('<server-data')
    expect(() => new PortableDataWriter().write({ type: 'user', name: 'b' })).toThrow(TypeError)
    expect(() => new PortableDataWriter().write({ type: 'item', element: el('x', 'urn:x') })).toThrow(TypeError)
  })

  test('what is written is read again, whatever the texts, attributes and pieces', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => /^[\t\n\x20-\uD7FF\uE000-\uFFFD]*$/.test(value))
    const element = fc
      .record({ text, value: text, name: fc.constantFrom('a', 'b-c') })
      .map(
        ({ text, value, name }): Element =>
          el(
            name,
            'urn:example',
            { value, 'xml:lang': 'en', '{urn:other}at': value },
            text,
            el('d', 'urn:other', {}, text),
          ),
      )
    const item = fc.record({ element, within: fc.constantFrom(undefined, OFFLINE_MESSAGES, MESSAGE_ARCHIVE) })
    const users = fc.array(fc.array(item, { maxLength: 5 }), { maxLength: 4 })
    fc.assert(
      fc.property(users, fc.integer({ min: 1, max: 50 }), (all, length) => {
        const events: PortableEvent[] = [{ type: 'host', domain: 'x.example' }]
        for (const [index, items] of all.entries()) {
          events.push({ type: 'user', name: `u${index}` })
          for (const { element, within } of items) events.push({ type: 'item', element, ...(within && { within }) })
          events.push({ type: 'user-end' })
        }
        events.push({ type: 'host-end' })
        expect(shown(read(write(events), length))).toEqual(shown(events))
      }),
      { numRuns: 100 },
    )
  })
})

describe('SCRAM credentials (XEP-0227 §4.3)', () => {
  const credentials = { mechanism: 'SCRAM-SHA-1', iterations: 4096, salt: 'QUJD', serverKey: 'REVG', storedKey: 'R0hJ' }

  test('are written and read', () => {
    expect(readScramCredentials(scramCredentialsElement(credentials))).toEqual(credentials)
  })

  test('"positive integer without leading zeros", "a single occurrence of each", base 64; others are none', () => {
    const with_ = (changes: Record<string, string | number>) =>
      readScramCredentials(scramCredentialsElement({ ...credentials, ...changes } as typeof credentials))
    expect(with_({ iterations: 0 })).toBeUndefined()
    expect(with_({ iterations: '007' })).toBeUndefined()
    expect(with_({ iterations: '4e3' })).toBeUndefined()
    expect(with_({ iterations: 1e9 })).toBeUndefined()
    expect(with_({ salt: 'not base 64' })).toBeUndefined()
    expect(with_({ storedKey: '' })).toBeUndefined()
    const element = scramCredentialsElement(credentials)
    expect(readScramCredentials(element.withChildren([...element.children, ...element.children]))).toBeUndefined()
    expect(readScramCredentials(element.withChildren(element.children.slice(1)))).toBeUndefined()
  })
})

test('memory does not grow with the document', () => {
  const reader = new PortableDataReader()
  reader.write(`<host ${NS} jid='a'><user name='b'><offline-messages>`)
  const message = `<message xmlns='jabber:client'><body>${'x'.repeat(1000)}</body></message>`
  let count = 0
  const feed = (times: number) => {
    for (let n = 0; n < times; n++) count += reader.write(message).length
  }
  feed(2000)
  const before = process.memoryUsage().heapUsed
  feed(10_000)
  expect(count).toBe(12_000)
  // 10 MB went through.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000)
})
