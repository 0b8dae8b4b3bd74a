import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { ClientSessions } from '../sessions.fixture.ts'
import { clientStateIndicationClient } from './client.ts'

const CSI = 'urn:xmpp:csi:0'
const INACTIVE = "<inactive xmlns='urn:xmpp:csi:0'/>"

test('XEP-0352 §5: every stream begins active, also one that resumes a session: inactive is said again', async () => {
  await using sessions = await ClientSessions.start(el('csi', CSI))
  await sessions.client.use(clientStateIndicationClient).set('inactive')
  await sessions.next({ resumption: { type: 'resumed', h: 0 } })
  expect(sessions.sent).toEqual([INACTIVE])
  await sessions.next({})
  expect(sessions.sent).toEqual([INACTIVE])
})

test('XEP-0386 §3.2: inactive is said along with binding, and then not again', async () => {
  await using sessions = await ClientSessions.start(el('csi', CSI))
  const indication = sessions.client.use(clientStateIndicationClient)
  await indication.set('inactive')
  await sessions.next({ inline: new Set([CSI]) })
  expect([sessions.wanted, sessions.sent]).toEqual([[INACTIVE], []])
  await indication.set('active')
  await sessions.next({})
  expect(sessions.wanted).toEqual([])
})
