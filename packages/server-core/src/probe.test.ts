import { expect, test } from 'vitest'
import { openManaged, ROMEO, SM } from './stream-management/stream-management.fixture.ts'

const PING =
  "<iq from='example.net' to='romeo@example.net/orchard' id='alive' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"

test('a session is asked whether it is there by a ping; any answer will do (XEP-0199 §4.1)', async () => {
  const romeo = await (await openManaged()).connect(ROMEO)
  romeo.session.probe()
  expect(romeo.guest.look()).toEqual([PING])
  expect(await romeo.say("<iq type='result' id='alive' to='example.net'/>")).toEqual([])
  const refusal = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
  expect(await romeo.say(`<iq type='error' id='alive' to='example.net'>${refusal}</iq>`)).toEqual([])
})

test('one with XEP-0198 by a request to acknowledge, which costs no stanza', async () => {
  const romeo = await (await openManaged()).connect(ROMEO)
  await romeo.enable()
  romeo.session.probe()
  expect(romeo.guest.look()).toEqual([`<r ${SM}/>`])
  expect(await romeo.nonza("<a h='0'/>")).toEqual([])
})
