import { rosterGet } from '@parlour/roster'
import { message, presence } from '@parlour/stanza'
import { createMemoryStorage, type Json, type Storage, type Write } from '@parlour/storage'
import { test } from 'vitest'
import { ROSTER_STORE } from '../roster/roster-store.ts'
import { Scene } from './scene.fixture.ts'

const romeo = 'romeo@example.net'
const contacts = Array.from({ length: 20 }, (_, index) => `contact${index}@example.com`)

async function befriended(): Promise<Scene> {
  const storage = createMemoryStorage()
  const scene = await Scene.open(storage, romeo, ...contacts)
  await befriend(storage, romeo, contacts)
  for (const contact of contacts) await befriend(storage, contact, [romeo])
  return scene
}

async function befriend(storage: Storage, owner: string, others: readonly string[]): Promise<void> {
  const put = (key: string, value: Json): Write => ({ type: 'put', store: ROSTER_STORE, owner, key, value })
  const items = others.map((contact) => put(contact, { at: 1, subscription: 'both' }))
  await storage.commit([...items, put('/version', { epoch: 'e', sequence: 1, forgotten: 0 })])
}

test('presence to 20 contacts with one resource each, and to oneself: 21 deliveries', async ({ bench }) => {
  const scene = await befriended()
  const online = await Promise.all(contacts.map((contact) => scene.online(`${contact}/phone`, rosterGet())))
  const sender = await scene.online(`${romeo}/orchard`, rosterGet())
  for (const client of [...online, sender]) client.received.push = () => 0
  const away = presence({ show: 'away', status: 'in the garden' })
  const chat = message({ to: 'contact3@example.com/phone', type: 'chat', body: 'hello' })
  await bench.compare(
    bench('presence to 20', () => {
      void sender.session.receive(away)
    }),
    bench('for comparison: one chat message', () => {
      void sender.session.receive(chat)
    }),
  )
})
