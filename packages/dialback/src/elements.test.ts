import { StanzaError } from '@parlour/stanza'
import { el, parseXml, serialize } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DialbackOutcome, resultAnswer, resultRequest, verifyAnswer, verifyRequest } from './elements.ts'
import { dialbackFeature, readDialbackFeature } from './feature.ts'
import { DIALBACK_NAMESPACE, DIALBACK_PREFIXES } from './namespaces.ts'
import { MAX_ID_LENGTH, MAX_KEY_LENGTH, readDialback } from './read.ts'

/** As the text stands on a stream between servers. */
const parse = (text: string) =>
  parseXml(`<stream xmlns='jabber:server' xmlns:db='jabber:server:dialback'>${text}</stream>`).elements()[0] ??
  el('x', '')
const write = (element: ReturnType<typeof parse>) => serialize(element, 'jabber:server', DIALBACK_PREFIXES)
const names = { from: 'capulet.example', to: 'montague.example' }
const KEY = 'b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3'
const notFound: DialbackOutcome = { type: 'error', error: new StanzaError('item-not-found') }

describe('XEP-0220 §2: elements are written with the prefix that the stream header declares', () => {
  test('§2.1.1 example 1: the key, from the sender domain to the target domain', () => {
    const text = `<db:result from='capulet.example' to='montague.example'>${KEY}</db:result>`
    expect(write(resultRequest({ ...names, key: KEY }))).toBe(text)
  })

  test('§2.1.2 example 5: the question to the authoritative server has the stream id', () => {
    const text = `<db:verify from='capulet.example' id='417GAF25' to='montague.example'>${KEY}</db:verify>`
    expect(write(verifyRequest({ ...names, id: '417GAF25', key: KEY }))).toBe(text)
  })

  test('§2.2.1 examples 10 and 11: the result, addresses swapped', () => {
    const valid = "<db:result from='montague.example' to='capulet.example' type='valid'/>"
    const invalid = "<db:result from='montague.example' to='capulet.example' type='invalid'/>"
    expect(write(resultAnswer(names, { type: 'valid' }))).toBe(valid)
    expect(write(resultAnswer(names, { type: 'invalid' }))).toBe(invalid)
  })

  test('§2.2.2 examples 14 to 16: addresses swapped, id copied, error in the content namespace', () => {
    const request = { ...names, id: '417GAF25' }
    const start = "<db:verify from='montague.example' id='417GAF25' to='capulet.example'"
    expect(write(verifyAnswer(request, { type: 'valid' }))).toBe(`${start} type='valid'/>`)
    expect(write(verifyAnswer(request, { type: 'invalid' }))).toBe(`${start} type='invalid'/>`)
    const error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    expect(write(verifyAnswer(request, notFound))).toBe(`${start} type='error'>${error}</db:verify>`)
  })

  test('§2.2.2: an answer to what was received repeats the addresses as they were written', () => {
    const request = readDialback(parse("<db:verify from='Capulet.EXAMPLE' id='1' to='montague.example.'>k</db:verify>"))
    if (request?.kind !== 'verify-request') throw new Error('not read')
    expect(request).toMatchObject(names)
    const text = "<db:verify from='montague.example.' id='1' to='Capulet.EXAMPLE' type='valid'/>"
    expect(write(verifyAnswer(request, { type: 'valid' }))).toBe(text)
  })
})

describe('reading', () => {
  test('XEP-0220 §2.1.1 example 1: white space around the key is none of it', () => {
    const element = parse(`<db:result from='capulet.example' to='montague.example'>\n      ${KEY}\n   </db:result>`)
    expect(readDialback(element)).toEqual({ kind: 'result-request', ...names, key: KEY, element })
  })

  test('XEP-0220 §2.1.1 example 4: an error with its condition', () => {
    const error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    const read = readDialback(parse(`<db:result from='a.example' to='b.example' type='error'>${error}</db:result>`))
    expect(read).toMatchObject({ kind: 'result-answer', from: 'a.example', to: 'b.example' })
    expect(read).toMatchObject({ outcome: { type: 'error', error: { condition: 'item-not-found', type: 'cancel' } } })
  })

  test('XEP-0220 §2.5: an error without the <error/> it MUST contain still is one', () => {
    const read = readDialback(parse("<db:result from='a.example' to='b.example' type='error'/>"))
    expect(read).toMatchObject({ outcome: { type: 'error', error: { condition: 'undefined-condition' } } })
  })

  test('other namespaces are not of dialback', () => {
    expect(readDialback(el('result', 'jabber:server', { from: 'a.example', to: 'b.example' }, 'k'))).toBeUndefined()
  })

  test.each([
    ['no from', "<db:result to='b.example'>k</db:result>"],
    ['no to', "<db:result from='a.example'>k</db:result>"],
    ['an empty domain', "<db:result from='' to='b.example'>k</db:result>"],
    ['an address instead of a domain', "<db:result from='juliet@a.example' to='b.example'>k</db:result>"],
    ['a resource', "<db:result from='a.example/x' to='b.example'>k</db:result>"],
    ['a space in the domain', "<db:result from='a.example b.example' to='b.example'>k</db:result>"],
  ])('%s is improper-addressing', (_, text) => {
    expect(readDialback(parse(text))).toMatchObject({ kind: 'malformed', condition: 'improper-addressing' })
  })

  test.each([
    ['no key', "<db:result from='a.example' to='b.example'/>"],
    ['a key of white space', "<db:result from='a.example' to='b.example'> \n </db:result>"],
    ['an unknown type', "<db:result from='a.example' to='b.example' type='maybe'>k</db:result>"],
    ['an empty type', "<db:result from='a.example' to='b.example' type=''>k</db:result>"],
    ['a verify without id', "<db:verify from='a.example' to='b.example'>k</db:verify>"],
    ['a verify answer without id', "<db:verify from='a.example' to='b.example' type='valid'/>"],
    ['an unknown element', "<db:confirm from='a.example' to='b.example'>k</db:confirm>"],
    ['a long key', `<db:result from='a.example' to='b.example'>${'k'.repeat(MAX_KEY_LENGTH + 1)}</db:result>`],
    ['a long id', `<db:verify id='${'i'.repeat(MAX_ID_LENGTH + 1)}' from='a.example' to='b.example'>k</db:verify>`],
  ])('%s is bad-format', (_, text) => {
    expect(readDialback(parse(text))).toMatchObject({ kind: 'malformed', condition: 'bad-format' })
  })

  test('what is written is read again, whatever key, id and outcome', () => {
    const text = fc.stringMatching(/^[!-~]{1,64}$/)
    const outcome = fc.constantFrom<DialbackOutcome>({ type: 'valid' }, { type: 'invalid' }, notFound)
    fc.assert(
      fc.property(text, text, outcome, (key, id, chosen) => {
        const again = (element: ReturnType<typeof parse>) => readDialback(parse(write(element)))
        expect(again(resultRequest({ ...names, key }))).toMatchObject({ kind: 'result-request', ...names, key })
        expect(again(verifyRequest({ ...names, id, key }))).toMatchObject({ kind: 'verify-request', ...names, id, key })
        const swapped = { from: names.to, to: names.from, outcome: { type: chosen.type } }
        expect(again(resultAnswer(names, chosen))).toMatchObject({ kind: 'result-answer', ...swapped })
        expect(again(verifyAnswer({ ...names, id }, chosen))).toMatchObject({ kind: 'verify-answer', id, ...swapped })
      }),
    )
  })
})

describe('XEP-0220 §2.4.2: the stream feature', () => {
  test('<dialback/> with <errors/>, found in the features or read itself', () => {
    const feature = dialbackFeature({ errors: true })
    expect(feature.toString()).toBe("<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>")
    expect(readDialbackFeature(feature)).toEqual({ errors: true })
    const features = el('features', 'http://etherx.jabber.org/streams', {}, el('x', 'y'), feature)
    expect(readDialbackFeature(features)).toEqual({ errors: true })
  })

  test('without <errors/>, or not there', () => {
    expect(readDialbackFeature(dialbackFeature({ errors: false }))).toEqual({ errors: false })
    expect(readDialbackFeature(el('features', 'http://etherx.jabber.org/streams'))).toBeUndefined()
    expect(readDialbackFeature(el('dialback', DIALBACK_NAMESPACE))).toBeUndefined()
    expect(readDialbackFeature(undefined)).toBeUndefined()
  })
})
