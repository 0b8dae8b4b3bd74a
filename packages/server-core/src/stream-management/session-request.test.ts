import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { Server } from '../sign-in/sign-in.fixture.ts'

const SM = 'urn:xmpp:sm:3'
const request = (id: string, name: string, namespace: string) =>
  el('iq', 'jabber:client', { type: 'set', id }, el(name, namespace))

test('XEP-0198 §4: the session request of old clients (RFC 3921 §3) and its answer count like other stanzas', async () => {
  const server = await Server.open()
  const visitor = await server.connect()
  await visitor.signIn()
  await visitor.say(request('1', 'bind', 'urn:ietf:params:xml:ns:xmpp-bind'), el('enable', SM))
  const seen = await visitor.say(request('2', 'session', 'urn:ietf:params:xml:ns:xmpp-session'), el('r', SM))
  expect(seen.map(String)).toEqual([
    expect.stringContaining("id='2' type='result'"),
    "<a xmlns='urn:xmpp:sm:3' h='1'/>",
  ])
  expect(await visitor.say(el('a', SM, { h: '1' }))).toEqual([])
})
