import { createMemoryStorage } from '@parlour/storage'
import { expect, test } from 'vitest'
import { displayedSynchronizationServer } from './displayed-synchronization/server.ts'
import { lastActivityServer } from './last-activity/server.ts'
import { JULIET, openPush } from './push/push.fixture.ts'
import { Scene } from './scene.fixture.ts'

/** A text whose last character is two UTF-16 units: what is cut behind the first of them cannot be written as XML. */
const cutAt = (length: number): string => `${'x'.repeat(length - 1)}💘`

test('XEP-0357 §7: a long text in a notification is cut between characters', async () => {
  const storage = createMemoryStorage()
  await storage.commit([{ type: 'put', store: 'push/registrations', owner: JULIET, key: '/content', value: 'body' }])
  const { service, away, romeo } = await openPush({ content: 'body' }, storage)
  await away()
  await romeo.send(`<message type='chat' to='${JULIET}' id='m'><body>${cutAt(500)}</body></message>`)
  expect(service.take().map(({ summary }) => summary.lastMessageBody)).toEqual(['x'.repeat(499)])
})

test('XEP-0012 §3: so is the last status', async () => {
  const scene = await Scene.open([lastActivityServer], { accounts: [JULIET] })
  const juliet = await scene.online(`${JULIET}/balcony`)
  await juliet.send(`<presence type='unavailable'><status>${cutAt(1024)}</status></presence>`)
  await juliet.disconnect()
  const record = await scene.storage.get('last-activity/departures', JULIET, '')
  expect(record).toMatchObject({ status: 'x'.repeat(1023) })
})

test('XEP-0490: so is what is refused', async () => {
  const scene = await Scene.open([displayedSynchronizationServer], { accounts: [JULIET] })
  const juliet = await scene.connect(`${JULIET}/balcony`)
  const items = `<items node='urn:xmpp:mds:displayed:0' max_items='${cutAt(20)}'/>`
  const answer = await juliet.request(
    `<iq type='get' id='i'><pubsub xmlns='http://jabber.org/protocol/pubsub'>${items}</pubsub></iq>`,
  )
  expect(answer.toString()).toContain('max_items is no number')
  expect(scene.errors).toEqual([])
})
