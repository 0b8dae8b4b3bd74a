import { expect, test } from 'vitest'
import { ClientSessions } from '../sessions.fixture.ts'
import { carbonsClient } from './client.ts'

const ENABLE = "<enable xmlns='urn:xmpp:carbons:2'/>"

async function enabled(): Promise<ClientSessions> {
  const sessions = await ClientSessions.start()
  const enabling = sessions.client.use(carbonsClient).enable()
  sessions.answer()
  await enabling
  return sessions
}

test('XEP-0198 §5: a session that goes on keeps its copies; another one asks for them again', async () => {
  await using sessions = await enabled()
  await sessions.next({ resumption: { type: 'resumed', h: 1 } })
  expect(sessions.sent).toEqual([])
  await sessions.next({})
  expect(sessions.sent).toEqual([expect.stringContaining(ENABLE)])
})

test('XEP-0386 §3.2: copies are asked for along with binding, and then not again', async () => {
  await using sessions = await enabled()
  await sessions.next({ inline: new Set(['urn:xmpp:carbons:2']) })
  expect(sessions.wanted).toEqual([ENABLE])
  expect(sessions.sent).toEqual([])
  const disabling = sessions.client.use(carbonsClient).disable()
  sessions.answer()
  await disabling
  await sessions.next({})
  expect(sessions.wanted).toEqual([])
})
