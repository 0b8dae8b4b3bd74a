import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { authenticated, HEADER, Receiver, secured } from './receiver.fixture.ts'

describe('stream headers', () => {
  test('1. RFC 6120 §4.3.2: features follow the response header at once', () => {
    expect(new Receiver().header().types).toEqual(['send-header', 'send-features'])
  })

  test('2. RFC 6120 §4.3.3: after TLS and SASL a new id, no </stream>', () => {
    const ids = [new Receiver().header(), secured().header(), authenticated().header()].map(
      (receiver) => receiver.find('send-header')?.header.id,
    )
    expect(new Set(ids).size).toBe(3)
    expect(secured().types).toEqual([])
    expect(authenticated().types).toEqual(['restart'])
  })

  test('3. RFC 6120 §4.3.4, §5.4.3.3: features after each restart; STARTTLS not again', () => {
    expect(new Receiver().header().features).toEqual(['starttls'])
    expect(secured().header().features).toEqual(['mechanisms', 'extra-unauthenticated-true'])
    expect(authenticated().header().features).toEqual(['bind', 'session', 'extra-authenticated-true'])
  })

  test('8. RFC 6120 §4.7.1, §4.7.2: from is our domain; to is the bare JID if the client sent from', () => {
    const { header } = new Receiver().header({ from: 'juliet@im.example.com/balcony' }).find('send-header') ?? {}
    expect(header).toMatchObject({ from: 'im.example.com', to: 'juliet@im.example.com' })
    const { from: _, ...withoutFrom } = HEADER
    const anonymous = new Receiver().give({ type: 'header', header: withoutFrom }).find('send-header')
    expect(anonymous?.header).not.toHaveProperty('to')
  })

  test('9. RFC 6120 §4.7.3: the id is ours, long, and never the one that came', () => {
    const ids = Array.from({ length: 50 }, () => new Receiver().header({ id: 'mine' }).find('send-header')?.header.id)
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{24}$/)
  })

  test('10. RFC 6120 §4.7.4: xml:lang is always there, our default for any language', () => {
    expect(new Receiver().header({ lang: 'tlh' }).find('send-header')?.header.lang).toBe('en')
    const { lang: _, ...withoutLang } = HEADER
    expect(new Receiver().give({ type: 'header', header: withoutLang }).find('send-header')?.header.lang).toBe('en')
  })

  test.each([
    ['de-CH', 'de-CH'],
    ['x'.repeat(9), undefined],
    [`en-${'x'.repeat(8)}-${'y'.repeat(8)}-${'z'.repeat(8)}-${'w'.repeat(8)}`, undefined],
    ["en' onclick='", undefined],
    ['', undefined],
  ])('10. RFC 6120 §4.7.4: %j is remembered as %j', (lang, remembered) => {
    expect(new Receiver().header({ lang }).state).toMatchObject({ stream: { lang: remembered } })
  })

  test.each([
    ['1.0', undefined],
    ['1.13', undefined],
    ['01.00', undefined],
    ['2.0', 'unsupported-version'],
    ['10.0', 'unsupported-version'],
    ['0.9', 'unsupported-version'],
    ['1', 'unsupported-version'],
    ['', 'unsupported-version'],
  ])('11. RFC 6120 §4.7.5: version %j leads to %s', (version, condition) => {
    const receiver = new Receiver().header({ version })
    expect(receiver.condition).toBe(condition)
    expect(receiver.types[0]).toBe('send-header')
  })

  test('11. RFC 6120 §4.7.5 rule 4: no version means 0.9, and the response carries none', () => {
    const { version: _, ...header } = HEADER
    const receiver = new Receiver().give({ type: 'header', header })
    expect(receiver.condition).toBe('unsupported-version')
    expect(receiver.find('send-header')?.header).not.toHaveProperty('version')
  })

  test('12. RFC 6120 §4.8.2, §4.9.1.2: a wrong content namespace is invalid-namespace, after our own header', () => {
    const receiver = new Receiver().header({ namespace: 'jabber:server' })
    expect(receiver.types).toEqual(['send-header', 'clear-negotiation-timer', 'close'])
    expect(receiver.condition).toBe('invalid-namespace')
    expect(receiver.find('send-header')?.header.namespace).toBe('jabber:client')
  })

  test.each([undefined, '', 'unknown.example', '@@', 'juliet@im.example.com', 'im.example.com/x'])(
    '17. RFC 6120 §4.9.1.3, §4.9.3.6: to=%j is host-unknown, from an empty from',
    (to) => {
      const { to: _, ...header } = HEADER
      const receiver = new Receiver().give({
        type: 'header',
        header: to === undefined ? header : { ...header, to },
      })
      expect(receiver.condition).toBe('host-unknown')
      expect(receiver.find('send-header')?.header.from).toBe('')
    },
  )

  test('RFC 7622 §3.2: the domain is compared in prepared form', () => {
    expect(new Receiver().header({ to: 'IM.Example.COM' }).condition).toBeUndefined()
  })

  test('16. RFC 6120 §4.9.1.1, §4.9.1.2: input that is not XML gets our header, the error, the end', () => {
    const receiver = new Receiver().give({ type: 'stream-error', error: new StreamError('not-well-formed') })
    expect(receiver.types).toEqual(['send-header', 'clear-negotiation-timer', 'close'])
    const later = new Receiver().header().give({ type: 'stream-error', error: new StreamError('not-well-formed') })
    expect(later.types).toEqual(['clear-negotiation-timer', 'close'])
    expect(later.give({ type: 'footer' }).outputs).toEqual([])
  })

  test('6. RFC 6120 §4.4: </stream> is answered with </stream>', () => {
    expect(new Receiver().header().give({ type: 'footer' }).find('close')).toEqual({
      type: 'close',
      error: undefined,
      footer: true,
    })
  })
})
