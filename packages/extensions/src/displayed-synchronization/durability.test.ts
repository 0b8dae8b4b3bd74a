import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { expect, test } from 'vitest'
import { type FakeClient, Scene, settled } from '../scene.fixture.ts'
import { displayedSynchronizationServer } from './server.ts'
import { displayedItemsElement, displayedPublication, readDisplayedItems } from './wire.ts'

const JULIET = 'juliet@example.com'
const ROMEO = 'romeo@example.com'
const RETRACTION = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:mds:displayed:0'><item id='${ROMEO}'/></retract></pubsub>`
const state = { conversation: ROMEO, message: { id: '1', by: JULIET } }

async function open() {
  const storage = new FaultyStorage(createMemoryStorage())
  const scene = await Scene.open([displayedSynchronizationServer], { accounts: [JULIET], storage })
  const [phone, desk] = [await scene.online(`${JULIET}/phone`), await scene.online(`${JULIET}/desk`)]
  await desk.request(`<iq type='get' id='1'>${displayedItemsElement()}</iq>`)
  for (const client of [phone, desk]) client.take()
  return { scene, storage, phone, desk }
}

test.each([
  ['a publication', displayedPublication(state)],
  ['a retraction', RETRACTION],
])('%s is answered, and others hear of it, once it is stored', async (_, payload) => {
  const { storage, phone, desk } = await open()
  await phone.request(
    `<iq type='set' id='2'>${displayedPublication({ ...state, message: { id: '0', by: JULIET } })}</iq>`,
  )
  for (const client of [phone, desk]) client.take()
  storage.hold()
  void phone.hand(`<iq type='set' id='3'>${payload}</iq>`)
  await settled()
  expect([phone.take(), desk.take()]).toEqual([[], []])
  storage.release()
  await settled()
  expect(
    phone
      .take()
      .filter(({ name }) => name === 'iq')
      .map((each) => each.attribute('type')),
  ).toEqual(['result'])
})

test('where it cannot be stored it is an error, and nothing has changed', async () => {
  const { storage, phone, desk } = await open()
  storage.fail('full', 'commit')
  const answer = await phone.request(`<iq type='set' id='2'>${displayedPublication(state)}</iq>`)
  storage.heal()
  expect([answer.attribute('type'), desk.take()]).toEqual(['error', []])
  const items = await phone.request(`<iq type='get' id='3'>${displayedItemsElement()}</iq>`)
  expect(readDisplayedItems(items.elements()[0] as never)).toEqual([])
})

const items = async (client: FakeClient) => {
  const answer = await client.request(`<iq type='get' id='9'>${displayedItemsElement()}</iq>`)
  return answer.attribute('type') === 'error' ? 'error' : readDisplayedItems(answer.elements()[0] as never)
}

test('what could not be read is read when it is asked for next', async () => {
  const { scene, storage, phone } = await open()
  await phone.request(`<iq type='set' id='2'>${displayedPublication(state)}</iq>`)
  const again = await Scene.open([displayedSynchronizationServer], { accounts: [], storage })
  const tablet = await again.online(`${JULIET}/tablet`)
  storage.fail('unavailable', 'read')
  expect(await items(tablet)).toBe('error')
  storage.heal()
  expect(await items(tablet)).toEqual([state])
  expect(scene.errors).toEqual([])
})

test('who gets the name of an account that was removed finds nothing of it', async () => {
  const { scene, phone } = await open()
  await phone.request(`<iq type='set' id='2'>${displayedPublication(state)}</iq>`)
  await scene.kernel.accounts.remove(parseJid(JULIET))
  await scene.kernel.accounts.create(parseJid(JULIET), 'secret')
  expect(await items(await scene.online(`${JULIET}/phone`))).toEqual([])
})
