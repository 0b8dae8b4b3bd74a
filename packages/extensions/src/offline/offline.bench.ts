import { message, presence } from '@parlour/stanza'
import { test } from 'vitest'
import { type FakeClient, Scene } from '../scene.fixture.ts'
import { offlineServer } from './server.ts'

const MESSAGES = 20
const chat = message({ to: 'juliet@example.com', type: 'chat', id: 'm', body: 'Art thou not Romeo?' })

function deaf(client: FakeClient): FakeClient {
  client.stream.send = () => {}
  return client
}

/** Signs in and out again, once everything has come. */
async function fetched(scene: Scene): Promise<void> {
  const juliet = await scene.connect('juliet@example.com/balcony')
  let left = MESSAGES
  const all = new Promise<void>((done) => {
    juliet.stream.send = (text) => {
      if (text.startsWith('<message') && --left === 0) done()
    }
  })
  void juliet.session.receive(presence({}))
  await all
  await juliet.disconnect()
}

test('messages for an account that is away, in memory storage', async ({ bench }) => {
  const scene = await Scene.open([offlineServer], { accounts: ['romeo@example.com', 'juliet@example.com'] })
  const romeo = deaf(await scene.online('romeo@example.com/orchard'))
  await bench(`${MESSAGES} stored one after the other, then fetched at a sign-in`, async () => {
    for (let count = 0; count < MESSAGES; count++) await romeo.session.receive(chat)
    await fetched(scene)
  }).run()
})
