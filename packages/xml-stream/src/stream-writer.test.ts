import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { eventsOf, everyFeeding } from '../test/events.ts'
import {
  compareVersions,
  parseVersion,
  STREAM_ERROR_CONDITIONS,
  StreamError,
  type StreamVersion,
  StreamWriter,
} from './index.ts'

const writer = new StreamWriter({ contentNamespace: 'jabber:client' })

test('RFC 6120 §4.7, §11.5: header and footer', () => {
  const header = writer.header({ from: "o'brien@b", id: '<', version: '1.0', lang: 'en', namespace: 'jabber:client' })
  expect(header).toBe(
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='o&apos;brien@b' id='&lt;' version='1.0' xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams'>",
  )
  expect(writer.footer()).toBe('</stream:stream>')
})

test('RFC 6120 §4.8.5: the stream namespace by its prefix, the content namespace without one', () => {
  expect(writer.element(el('message', 'jabber:client', {}, el('body', 'jabber:client', {}, '<')))).toBe(
    '<message><body>&lt;</body></message>',
  )
  const features = el('features', 'http://etherx.jabber.org/streams', {}, el('bind', 'urn:b', {}, el('x', 'urn:b')))
  expect(writer.element(features)).toBe("<stream:features><bind xmlns='urn:b'><x/></bind></stream:features>")
  expect(writer.element(el('auth', 'urn:sasl'))).toBe("<auth xmlns='urn:sasl'/>")
})

test('further prefixes are declared on the header (XEP-0220)', () => {
  const dialback = new StreamWriter({ contentNamespace: 'jabber:server', prefixes: { 'jabber:server:dialback': 'db' } })
  const header = dialback.header({ namespace: 'jabber:server' })
  const text = header + dialback.element(el('result', 'jabber:server:dialback', { to: 'a' }, 'key'))
  expect(text).toContain("<db:result to='a'>key</db:result>")
  expect(eventsOf([text])[1]).toBe("element <result xmlns='jabber:server:dialback' to='a'>key</result>")
})

test('XEP-0220 §2: after a header that tells of dialback its elements have the prefix, after another one they do not', () => {
  const writer = new StreamWriter({ contentNamespace: 'jabber:server' })
  const result = el('result', 'jabber:server:dialback', { to: 'a' }, 'key')
  const text = writer.header({ namespace: 'jabber:server', dialback: true }) + writer.element(result)
  expect(text).toBe(
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'><db:result to='a'>key</db:result>",
  )
  expect(eventsOf([text])[0]).toBe('header {"namespace":"jabber:server","dialback":true}')
  writer.header({ namespace: 'jabber:server' })
  expect(writer.element(result)).toBe("<result xmlns='jabber:server:dialback' to='a'>key</result>")
})

test('what is written is read back, however it arrives', () => {
  const element = el(
    'message',
    'jabber:client',
    { to: 'a"\'<\n', 'xml:lang': 'de', '{urn:z}k': 'v' },
    'x ]]> \r\n &',
    el('y', ''),
  )
  const text = writer.header({ version: '1.0', namespace: 'jabber:client' }) + writer.element(element) + writer.footer()
  for (const pieces of everyFeeding(text)) {
    expect(eventsOf(pieces)).toEqual([
      'header {"version":"1.0","namespace":"jabber:client"}',
      `element ${element}`,
      'footer',
    ])
  }
})

test.each(STREAM_ERROR_CONDITIONS)('RFC 6120 §4.9.3: %s is written and read', (condition) => {
  const error = new StreamError(condition, 'why', { lang: 'en', application: el('x', 'urn:app') })
  const read = StreamError.fromElement(error.toElement())
  expect({ ...read }).toEqual({ ...error })
  expect(read.message).toBe(`${condition}: why`)
  expect(read).toBeInstanceOf(Error)
})

test('RFC 6120 §4.9.3.19: see-other-host carries the host', () => {
  const error = new StreamError('see-other-host', undefined, { otherHost: '[2001:db8::1]:9222' })
  expect(writer.error(error)).toBe(
    "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>[2001:db8::1]:9222</see-other-host></stream:error>",
  )
  expect(StreamError.fromElement(error.toElement()).otherHost).toBe('[2001:db8::1]:9222')
})

test('RFC 6120 §4.9.2: an unknown condition is undefined-condition', () => {
  const element = el('error', 'http://etherx.jabber.org/streams', {}, el('new', 'urn:ietf:params:xml:ns:xmpp-streams'))
  expect(StreamError.fromElement(element).condition).toBe('undefined-condition')
  expect(StreamError.fromElement(el('error', 'http://etherx.jabber.org/streams')).condition).toBe('undefined-condition')
})

test('RFC 6120 §4.7.5: versions are compared number by number, leading zeros ignored, none is 0.9', () => {
  const sorted = ['12.3', '2.13', '2.4', '1.0', undefined]
    .map((version) => parseVersion(version) as StreamVersion)
    .sort(compareVersions)
  expect(sorted.map(({ major, minor }) => `${major}.${minor}`)).toEqual(['0.9', '1.0', '2.4', '2.13', '12.3'])
  expect(parseVersion('6.01')).toEqual({ major: 6, minor: 1 })
  for (const bad of ['', '1', '1.', '.1', '1.0.0', ' 1.0', 'a.b', '-1.0']) expect(parseVersion(bad)).toBeUndefined()
})
