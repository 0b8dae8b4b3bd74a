import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { errorReply, iq, message, readStanza, StanzaError } from './index.ts'

test('a message round trip', () => {
  const stanza = readStanza(message({ to: 'romeo@example.net', body: 'Hi', type: 'chat' }))
  expect(stanza.kind === 'message' && stanza.body).toBe('Hi')
  expect(stanza.to?.domain).toBe('example.net')
})
test('RFC 6120 §8.2.3: an iq needs an id', () => {
  expect(() => readStanza(el('iq', 'jabber:client', { type: 'get' }, el('q', 'urn:x')))).toThrow(StanzaError)
  const request = iq({ type: 'get', id: '1', to: 'a.example', payload: el('q', 'urn:x') })
  expect(errorReply(request, new StanzaError('item-not-found', 'no'))?.toString()).toBe(
    "<iq xmlns='jabber:client' from='a.example' id='1' type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error></iq>",
  )
})
