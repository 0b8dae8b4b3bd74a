import type { Element } from '@parlour/xml'
import { expect, test } from 'vitest'
import { asWritten, type StreamHeader, StreamParser } from './index.ts'

const SERVER = 'jabber:server'
const CLIENT = 'jabber:client'

/** Reads a server stream whose stanzas are wanted in the namespace of clients. */
function read(content: string, declarations = `xmlns='${SERVER}'`): { headers: StreamHeader[]; elements: Element[] } {
  const headers: StreamHeader[] = []
  const elements: Element[] = []
  const handler = {
    header: (header: StreamHeader) => headers.push(header),
    element: (element: Element) => elements.push(element),
    footer() {},
    error(error: Error) {
      throw error
    },
  }
  const parser = new StreamParser(handler, { contentNamespace: { from: SERVER, to: CLIENT } })
  const text = `<stream:stream ${declarations} xmlns:stream='http://etherx.jabber.org/streams'>${content}`
  for (const character of text) parser.write(character)
  return { headers, elements }
}

const one = (content: string, declarations?: string) => read(content, declarations).elements[0] as Element

test('RFC 6120 §4.8.3: a stanza inherits the content namespace, and is delivered in another', () => {
  const { headers, elements } = read("<message to='a'><body>hi</body><x xmlns='urn:x'><y/></x></message><presence/>")
  expect(headers[0]?.namespace).toBe(SERVER)
  expect(elements.map(String)).toEqual([
    `<message xmlns='${CLIENT}' to='a'><body>hi</body><x xmlns='urn:x'><y/></x></message>`,
    `<presence xmlns='${CLIENT}'/>`,
  ])
})

test('RFC 6120 §4.8.3: declared on the stanza itself, with or without a prefix, it is the same', () => {
  for (const text of [
    `<message xmlns='${SERVER}'><body>hi</body></message>`,
    `<s:message xmlns:s='${SERVER}'><s:body>hi</s:body></s:message>`,
    `<s:message xmlns:t='urn:t' xmlns:s='${SERVER}' xmlns='urn:t'/>`,
  ]) {
    const element = one(text)
    expect(element.is('message', CLIENT)).toBe(true)
    expect(element.elements().every(({ namespace }) => namespace === CLIENT)).toBe(true)
  }
  expect(one('<s:message/>', `xmlns='${SERVER}' xmlns:s='${SERVER}'`).is('message', CLIENT)).toBe(true)
})

test('XEP-0297 §3: a forwarded stanza is delivered in the namespace of clients, in whichever of the two it was written', () => {
  for (const namespace of [CLIENT, SERVER]) {
    const inner = `<message xmlns='${namespace}' from='b'><body>hi</body></message>`
    const element = one(`<message><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></message>`)
    const forwarded = element.child('forwarded', 'urn:xmpp:forward:0')
    expect(forwarded?.child('message', CLIENT)?.childText('body')).toBe('hi')
  }
  const prefixed = `<message xmlns:c='${CLIENT}'><forwarded xmlns='urn:xmpp:forward:0'><c:message/></forwarded></message>`
  expect(one(prefixed).child('forwarded', 'urn:xmpp:forward:0')?.child('message', CLIENT)).toBeDefined()
})

test('a first-level element in the namespace of clients is not taken for a stanza of this stream', () => {
  expect(one(`<message xmlns='${CLIENT}'/>`).namespace).toBe(SERVER)
  expect(one(`<c:message xmlns:c='${CLIENT}'/>`).namespace).toBe(SERVER)
  expect(one('<c:message/>', `xmlns='${SERVER}' xmlns:c='${CLIENT}'`).namespace).toBe(SERVER)
  const { headers, elements } = read('<message/>', `xmlns='${CLIENT}'`)
  expect([headers[0]?.namespace, elements[0]?.namespace]).toEqual([CLIENT, SERVER])
})

test('what was written is told again', () => {
  for (const namespace of [CLIENT, SERVER, 'urn:x']) {
    const written = asWritten(one(`<handshake xmlns='${namespace}'>a</handshake>`), { from: SERVER, to: CLIENT })
    expect(written.toString()).toBe(`<handshake xmlns='${namespace}'>a</handshake>`)
  }
})

test('everything else is left as it is', () => {
  const dialback = "<db:result from='a' to='b'>key</db:result>"
  const declarations = `xmlns='${SERVER}' xmlns:db='jabber:server:dialback'`
  expect(one(dialback, declarations).namespace).toBe('jabber:server:dialback')
  expect(one("<stream:error><not-authorized xmlns='urn:x'/></stream:error>").namespace).toMatch(/etherx/)
  expect(() => one('<unbound:message/>')).toThrow(/prefix/)
})

test('RFC 6120 §4.3.3: after a restart the new header counts', () => {
  const elements: Element[] = []
  const handler = { header() {}, element: (element: Element) => elements.push(element), footer() {}, error() {} }
  const parser = new StreamParser(handler, { contentNamespace: { from: SERVER, to: CLIENT } })
  const header = (declarations: string) =>
    `<stream:stream ${declarations} xmlns:stream='http://etherx.jabber.org/streams'>`
  parser.write(`${header(`xmlns='${SERVER}' xmlns:c='${CLIENT}'`)}<message/>`)
  parser.reset()
  parser.write(`${header(`xmlns='${SERVER}' xmlns:c='urn:c'`)}<c:message/><message/>`)
  expect(elements.map(({ namespace }) => namespace)).toEqual([CLIENT, 'urn:c', CLIENT])
})
