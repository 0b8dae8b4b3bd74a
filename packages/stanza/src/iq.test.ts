import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { errorReply, type Iq, iq, message, readStanza, resultReply, StanzaError } from './index.ts'

const badRequest = expect.objectContaining({ name: 'StanzaError', condition: 'bad-request', type: 'modify' })
const ping = el('ping', 'urn:xmpp:ping')
const build = (attributes: Record<string, string>, ...children: Parameters<typeof el>[3][]) =>
  el('iq', 'jabber:client', attributes, ...children)

test('RFC 6120 §8.2.3 rule 1: an id is required', () => {
  expect(() => readStanza(build({ type: 'get' }, ping))).toThrow(badRequest)
  expect((readStanza(build({ type: 'get', id: '' }, ping)) as Iq).id).toBe('')
})

test('RFC 6120 §8.2.3 rule 2: a type of get, set, result, error is required', () => {
  expect(() => readStanza(build({ id: '1' }, ping))).toThrow(badRequest)
  expect(() => readStanza(build({ id: '1', type: 'subscribe' }, ping))).toThrow(badRequest)
  for (const type of ['get', 'set', 'result', 'error'])
    expect(readStanza(build({ id: '1', type }, ping)).type).toBe(type)
})

test('RFC 6120 §8.2.3 rule 5: a request has exactly one child element', () => {
  for (const type of ['get', 'set']) {
    expect(() => readStanza(build({ id: '1', type }))).toThrow(badRequest)
    expect(() => readStanza(build({ id: '1', type }, ping, ping))).toThrow(badRequest)
    expect((readStanza(build({ id: '1', type }, '\n', ping, '\n')) as Iq).payload).toBe(ping)
  }
})

test('RFC 6120 §8.2.3 rule 6: a result may be empty', () => {
  expect((readStanza(build({ id: '1', type: 'result' })) as Iq).payload).toBeUndefined()
})

test('RFC 6120 §8.2.3 rule 7: the payload of an error is the request that came back', () => {
  const error = new StanzaError('forbidden').toElement()
  expect((readStanza(build({ id: '1', type: 'error' }, error)) as Iq).payload).toBeUndefined()
  expect((readStanza(build({ id: '1', type: 'error' }, ping, error)) as Iq).payload).toBe(ping)
})

test('iq() builds what is read, and refuses a request without payload', () => {
  const element = iq({ id: '1', type: 'set', to: 'a', from: 'b', lang: 'en', payload: ping })
  expect(element.toString()).toBe(
    "<iq xmlns='jabber:client' from='b' to='a' id='1' type='set' xml:lang='en'><ping xmlns='urn:xmpp:ping'/></iq>",
  )
  expect(() => iq({ id: '1', type: 'get' })).toThrow(RangeError)
})

test('RFC 6120 §8.2.3 rule 3: a result has the id of the request, addresses swapped', () => {
  const request = iq({ id: "'<", type: 'get', to: 'example.com', from: 'a@example.com/r', payload: ping })
  expect(resultReply(request).toString()).toBe(
    "<iq xmlns='jabber:client' from='example.com' to='a@example.com/r' id='&apos;&lt;' type='result'/>",
  )
  expect(resultReply(iq({ id: '1', type: 'get', payload: ping }), ping).toString()).toBe(
    "<iq xmlns='jabber:client' id='1' type='result'><ping xmlns='urn:xmpp:ping'/></iq>",
  )
})

test('RFC 6120 §8.3.1: an error has kind, id and namespace of the stanza, addresses swapped', () => {
  const request = iq({ id: '1', type: 'get', to: 'b', from: 'a', payload: ping, namespace: 'jabber:server' })
  expect(errorReply(request, new StanzaError('item-not-found', 'no such node'))?.toString()).toBe(
    "<iq xmlns='jabber:server' from='b' to='a' id='1' type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no such node</text></error></iq>",
  )
  expect(errorReply(message({ body: 'x' }), new StanzaError('forbidden'))?.attributes).toEqual({ type: 'error' })
})

test('RFC 6120 §8.3.1 rule 8, §8.2.3 rule 4: errors and results are not answered', () => {
  const error = new StanzaError('bad-request')
  for (const stanza of [
    build({ id: '1', type: 'result' }),
    build({ id: '1', type: 'error' }),
    message({ type: 'error' }),
  ]) {
    expect(errorReply(stanza, error)).toBeUndefined()
  }
})

test('RFC 6120 §8.3.1 rule 2: an error does not come from a malformed address', () => {
  const stanza = el('message', 'jabber:client', { to: '@', from: 'a@b' })
  const reply = (by?: string) => errorReply(stanza, new StanzaError('jid-malformed', undefined, { by }))
  expect(reply()?.attribute('from')).toBeUndefined()
  expect(reply('example.com')?.attribute('from')).toBe('example.com')
})
