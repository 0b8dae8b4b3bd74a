import { parseJid } from '@parlour/jid'
import { presence } from '@parlour/stanza'
import { expect, test } from 'vitest'
import { Scene, settled } from '../scene.fixture.ts'
import { type BlockingChange, blockingClient } from './client.ts'
import { blockingServer } from './server.ts'
import { blockElement, isBlockedError } from './wire.ts'

const accounts = ['juliet@example.com', 'romeo@example.com']
const [juliet, romeo] = accounts as [string, string]

test('XEP-0191: blocks, unblocks, and hears of it from other devices', async () => {
  const scene = await Scene.open([blockingServer], { accounts })
  await using balcony = await scene.client(`${juliet}/balcony`)
  await using chamber = await scene.client(`${juliet}/chamber`)
  const changes: BlockingChange[] = []
  chamber.use(blockingClient).onChange((change) => changes.push(change))
  expect(await chamber.use(blockingClient).list()).toEqual([])

  const blocking = balcony.use(blockingClient)
  await blocking.block([romeo, 'shakespeare.lit'])
  await expect(balcony.iq.get(blockElement([]), { to: romeo })).rejects.toSatisfy(isBlockedError)
  await blocking.unblock([romeo])
  await blocking.unblock([])
  expect(await blocking.list()).toEqual([parseJid('shakespeare.lit')])
  await blocking.unblockAll()
  await settled()
  expect(changes).toEqual([
    { type: 'blocked', addresses: [parseJid(romeo), parseJid('shakespeare.lit')] },
    { type: 'unblocked', addresses: [parseJid(romeo)] },
    { type: 'all-unblocked' },
  ])
})

test('nobody but the own server tells of changes (as for rosters, RFC 6121 §2.1.6)', async () => {
  const scene = await Scene.open([blockingServer], { accounts })
  await using balcony = await scene.client(`${juliet}/balcony`)
  await using attacker = await scene.client(`${romeo}/street`)
  const changes: BlockingChange[] = []
  balcony.use(blockingClient).onChange((change) => changes.push(change))
  // Who is sent presence may ask: it is the client that refuses.
  await balcony.send(presence({ to: attacker.jid.toString() }))
  await settled()
  await expect(attacker.iq.set(blockElement(['nurse@example.com']), { to: balcony.jid })).rejects.toMatchObject({
    condition: 'service-unavailable',
  })
  expect(changes).toEqual([])
})
