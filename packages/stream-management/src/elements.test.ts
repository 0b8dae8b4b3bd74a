import { parseXml } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as elements from './elements.ts'
import { handledCountTooHigh, isHandledCountTooHigh, readHandledCount } from './handled-count.ts'
import { parseLocation } from './location.ts'
import { readStreamManagement } from './read.ts'

const SM = "xmlns='urn:xmpp:sm:3'"
const STANZAS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
const read = (text: string) => readStreamManagement(parseXml(text))

describe('XEP-0198 §13: what is written', () => {
  test.each([
    ['§2 feature', elements.SM_FEATURE, `<sm ${SM}/>`],
    ['§3 enable', elements.enable({ resume: false }), `<enable ${SM}/>`],
    [
      '§5 enable with resumption',
      elements.enable({ resume: true, max: 600 }),
      `<enable ${SM} resume='true' max='600'/>`,
    ],
    ['§3 enabled', elements.enabled({ resume: false }), `<enabled ${SM}/>`],
    [
      '§5 enabled with resumption',
      elements.enabled({ id: 'some-long-sm-id', resume: true }),
      `<enabled ${SM} id='some-long-sm-id' resume='true'/>`,
    ],
    ['§4 request', elements.REQUEST, `<r ${SM}/>`],
    ['§4 acknowledgement', elements.acknowledgement(1), `<a ${SM} h='1'/>`],
    ['§5 resume', elements.resume({ previd: 'x', h: 0 }), `<resume ${SM} h='0' previd='x'/>`],
    ['§5 resumed', elements.resumed({ previd: 'x', h: 4294967295 }), `<resumed ${SM} h='4294967295' previd='x'/>`],
    [
      '§5 failed',
      elements.failed({ condition: 'item-not-found', h: 7 }),
      `<failed ${SM} h='7'><item-not-found ${STANZAS}/></failed>`,
    ],
  ])('%s', (_, element, text) => {
    expect(element.toString()).toBe(text)
  })

  test('texts for the hot path are those of the elements', () => {
    expect(elements.REQUEST_TEXT).toBe(elements.REQUEST.toString())
    expect(elements.acknowledgementText(4294967295)).toBe(elements.acknowledgement(4294967295).toString())
  })

  test('§5: with resumption an id MUST be included, and SHOULD NOT be longer than 4000 bytes', () => {
    expect(() => elements.enabled({ resume: true })).toThrow(RangeError)
    expect(() => elements.enabled({ resume: true, id: '' })).toThrow(RangeError)
    expect(() => elements.enabled({ resume: true, id: 'é'.repeat(2001) })).toThrow(RangeError)
    expect(elements.enabled({ resume: true, id: 'é'.repeat(2000) }).attribute('id')).toHaveLength(2000)
  })

  test('§13: max is a positive integer', () => {
    expect(elements.enable({ resume: true, max: 0 }).attribute('max')).toBe('1')
    expect(elements.enabled({ resume: false, max: 1.9 }).attribute('max')).toBe('1')
  })
})

describe('XEP-0198 §13: what is read', () => {
  test.each([
    [`<enable ${SM}/>`, { kind: 'enable', resume: false }],
    [`<enable ${SM} resume='1' max='30'/>`, { kind: 'enable', resume: true, max: 30 }],
    [`<enable ${SM} resume='false' max='0'/>`, { kind: 'enable', resume: false, max: undefined }],
    [`<enable ${SM} max='${'9'.repeat(50)}'/>`, { kind: 'enable', max: 3_162_240_000 }],
    [`<enable ${SM} max='1e3'/>`, { kind: 'enable', max: undefined }],
    [`<enable ${SM} max='1.5'/>`, { kind: 'enable', max: undefined }],
    [`<enabled ${SM} id='x' resume='false'/>`, { kind: 'enabled', id: 'x', resume: false }],
    [`<enabled ${SM}/>`, { kind: 'enabled', resume: false }],
    [
      `<enabled ${SM} id='i' resume='true' location='h:1'/>`,
      { kind: 'enabled', id: 'i', resume: true, location: 'h:1' },
    ],
    [`<enabled ${SM} resume='true'/>`, { kind: 'enabled', resume: false }],
    [`<r ${SM}/>`, { kind: 'request' }],
    [`<a ${SM} h='4294967295'/>`, { kind: 'acknowledgement', h: 4294967295 }],
    [`<resume ${SM} h='3' previd='p'/>`, { kind: 'resume', h: 3, previd: 'p' }],
    [`<resumed ${SM} h='0' previd='p'/>`, { kind: 'resumed', h: 0, previd: 'p' }],
    [`<failed ${SM}/>`, { kind: 'failed', condition: 'undefined-condition', h: undefined }],
    [
      `<failed ${SM} h='3'><text ${STANZAS}>late</text><item-not-found ${STANZAS}/></failed>`,
      { kind: 'failed', condition: 'item-not-found', h: 3, text: 'late' },
    ],
    [`<failed ${SM}><melted ${STANZAS}/></failed>`, { kind: 'failed', condition: 'undefined-condition' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  test.each([
    `<a ${SM}/>`,
    `<a ${SM} h=''/>`,
    `<a ${SM} h='-1'/>`,
    `<a ${SM} h='1.5'/>`,
    `<a ${SM} h='4294967296'/>`,
    `<a ${SM} h='1e3'/>`,
    `<a ${SM} h='0x10'/>`,
    `<a ${SM} h='${'0'.repeat(5000)}1'/>`,
    `<enable ${SM} resume='yes'/>`,
    `<enabled ${SM} resume='yes'/>`,
    `<resume ${SM} h='1'/>`,
    `<resume ${SM} h='1' previd=''/>`,
    `<resume ${SM} previd='p'/>`,
    `<sm ${SM}/>`,
    `<constructor ${SM}/>`,
  ])('%s is malformed', (text) => {
    expect(read(text)).toMatchObject({ kind: 'malformed' })
  })

  test('other namespaces are of something else', () => {
    expect(read("<r xmlns='urn:xmpp:sm:2'/>")).toBeUndefined()
  })

  test('xs:unsignedInt: white space, a plus sign and leading zeros are allowed', () => {
    expect([' 7 ', '+7', '007'].map(readHandledCount)).toEqual([7, 7, 7])
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (h) => readHandledCount(String(h)) === h))
    fc.assert(fc.property(fc.bigInt({ min: 2n ** 32n }), (h) => readHandledCount(String(h)) === undefined))
  })

  test('§2: the feature', () => {
    expect(elements.offersStreamManagement(parseXml(`<features xmlns='s'><sm ${SM}/></features>`))).toBe(true)
    expect(elements.offersStreamManagement(parseXml("<features xmlns='s'/>"))).toBe(false)
    expect(elements.offersStreamManagement(undefined)).toBe(false)
  })

  test('§6: <handled-count-too-high/> is recognized in an error that was received', () => {
    const received = StreamError.fromElement(handledCountTooHigh(10, 8).toElement())
    expect(isHandledCountTooHigh(received)).toBe(true)
    expect(isHandledCountTooHigh(new StreamError('undefined-condition'))).toBe(false)
  })
})

describe('XEP-0198 §3, RFC 6120 §4.9.3.19: location', () => {
  test.each([
    ['[2001:41D0:1:A49b::1]:9222', { host: '2001:41D0:1:A49b::1', port: 9222 }],
    ['[::1]', { host: '::1' }],
    ['xmpp.example.com:5222', { host: 'xmpp.example.com', port: 5222 }],
    ['192.0.2.1', { host: '192.0.2.1' }],
  ])('%s', (text, expected) => {
    expect(parseLocation(text)).toEqual(expected)
  })

  test.each(['', ':5222', 'host:', 'host:0', 'host:65536', '::1', '[::1', '[x]:1', 'a b', 'user@host', 'host:5222/x'])(
    '%j is none',
    (text) => {
      expect(parseLocation(text)).toBeUndefined()
    },
  )
})
