import { createMemoryStorage } from '@parlour/storage'
import { test } from 'vitest'
import { Scene, settled } from '../scene.fixture.ts'
import { offlineServer } from './server.ts'

const accounts = ['romeo@example.com', 'juliet@example.com']
const settings = { offline: { maxMessages: 1_000_000, maxBytes: 1_000_000_000 } }
const message =
  "<message to='juliet@example.com' type='chat' id='1'><body>Art thou not Romeo, and a Montague?</body></message>"
const PAGE = 100

test('messages in memory storage', async ({ bench }) => {
  const scene = await Scene.open([offlineServer], { accounts, settings, storage: createMemoryStorage() })
  const romeo = await scene.online('romeo@example.com/orchard')
  const juliet = await scene.connect('juliet@example.com/balcony')
  const store = async () => {
    for (let n = 0; n < PAGE; n++) await romeo.hand(message)
  }
  await bench.compare(
    bench('100 stored', async () => {
      await store()
    }),
    bench('100 stored and fetched', async () => {
      await store()
      await juliet.hand('<presence/>')
      await settled()
      await juliet.hand("<presence type='unavailable'/>")
      juliet.take()
    }),
  )
})
