import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { expect, test, vi } from 'vitest'
import { delayServer } from '../delay/server.ts'
import { retractionMessage } from '../message-retraction/wire.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { offlineServer } from './server.ts'

const accounts = ['romeo@example.com', 'juliet@example.com', 'nurse@example.com']
const to = 'romeo@example.com'

async function afterRetractionBy(address: string): Promise<string> {
  const scene = await Scene.open([delayServer, offlineServer], { accounts })
  const juliet = await scene.online('juliet@example.com/balcony')
  const other = await scene.online(address)
  await juliet.send(`<message type='chat' id='m1' to='${to}'><body>stays</body></message>`)
  await juliet.send(`<message type='chat' id='m2' to='${to}'><body>secret</body></message>`)
  await other.send(retractionMessage({ id: 'r', to, type: 'chat', of: 'm2', text: 'retracted' }))
  await settled()
  const romeo = await scene.online('romeo@example.com/orchard')
  scene.environment.advance(10)
  await settled()
  return romeo
    .take()
    .filter(({ name }) => name === 'message')
    .join('')
}

test('XEP-0424 §4: of a message that waits for its receiver a tombstone is left, with its time', async () => {
  const received = await afterRetractionBy('juliet@example.com/tomb')
  expect(received).not.toContain('secret')
  expect(received).toMatch(/stays.*id='m2'.*<retracted .*id='r'.*<delay .*retracted<\/body>/s)
})

test('XEP-0424 §5: not for somebody else', async () => {
  expect(await afterRetractionBy('nurse@example.com/kitchen')).toContain('secret')
})

test('XEP-0424 §5: what a session with XEP-0198 has left behind is "further distributed" as a tombstone', async () => {
  const scene = await Scene.open([delayServer, offlineServer], { accounts })
  const juliet = await scene.online('juliet@example.com/balcony')
  const orchard = await scene.online('romeo@example.com/orchard')
  await orchard.manage()
  await orchard.disconnect()
  await juliet.send(`<message type='chat' id='m' to='${to}'><body>secret</body></message>`)
  await juliet.send(retractionMessage({ id: 'r', to, type: 'chat', of: 'm', text: 'retracted' }))
  scene.environment.advance(24 * 3_600_000)
  await settled()
  const { entries } = await scene.storage.readArchive('offline/messages', to, { max: 9 })
  expect(entries).toHaveLength(2)
  expect(entries.map(({ value }) => value).join('')).not.toContain('secret')
  const romeo = await scene.online('romeo@example.com/orchard')
  scene.environment.advance(10)
  await settled()
  expect(romeo.take().join('')).toMatch(/id='m'.*<retracted .*id='r'.*retracted<\/body>/s)
})

test('XEP-0424 §5: what it was corrected to (XEP-0308) goes with it', async () => {
  const scene = await Scene.open([delayServer, offlineServer], { accounts })
  const juliet = await scene.online('juliet@example.com/balcony')
  await juliet.send(`<message type='chat' id='m' to='${to}'><body>secret</body></message>`)
  await juliet.send(
    `<message type='chat' id='c' to='${to}'><body>secret still</body><replace xmlns='urn:xmpp:message-correct:0' id='m'/></message>`,
  )
  await juliet.send(retractionMessage({ id: 'r', to, type: 'chat', of: 'm', text: 'retracted' }))
  await settled()
  const { entries } = await scene.storage.readArchive('offline/messages', to, { max: 9 })
  expect(entries).toHaveLength(3)
  expect(entries.map(({ value }) => value).join('')).not.toContain('secret')
})

test('XEP-0424 §5: what somebody else calls by the same id stays, and what is retracted again stays as it was', async () => {
  const scene = await Scene.open([delayServer, offlineServer], { accounts })
  const juliet = await scene.online('juliet@example.com/balcony')
  const nurse = await scene.online('nurse@example.com/kitchen')
  for (const [client, text] of [[nurse, 'by the nurse'] as const, [juliet, 'by juliet'] as const])
    await client.send(`<message type='chat' id='m' to='${to}'><body>${text}</body></message>`)
  for (const id of ['r1', 'r2']) {
    await juliet.send(retractionMessage({ id, to, type: 'chat', of: 'm', text: 'retracted' }))
    await settled()
  }
  const { entries } = await scene.storage.readArchive('offline/messages', to, { max: 9 })
  const [first, second] = entries.map(({ value }) => String(value))
  expect(first).toContain('by the nurse')
  expect(second).toMatch(/<retracted [^>]*id='r1'/)
  expect(scene.errors).toEqual([])
})

test('a retraction that could not be stored retracts nothing', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const scene = await Scene.open([delayServer, offlineServer], { accounts, storage })
  const juliet = await scene.online('juliet@example.com/balcony')
  await juliet.send(`<message type='chat' id='m' to='${to}'><body>stays</body></message>`)
  juliet.take()
  storage.fail('full', 'commit', 1)
  await juliet.send(retractionMessage({ id: 'r', to, type: 'chat', of: 'm', text: 'retracted' }))
  await settled()
  expect(juliet.take().map((each) => each.attribute('type'))).toEqual(['error'])
  const { entries } = await storage.readArchive('offline/messages', to, { max: 9 })
  expect(entries.map(({ value }) => String(value))).toEqual([expect.stringContaining('<body>stays</body>')])
})

test('many retractions have the messages that wait looked through once, whoever sends them', async () => {
  const storage = createMemoryStorage()
  const scene = await Scene.open([delayServer, offlineServer], { accounts, storage })
  const [juliet, nurse] = [
    await scene.online('juliet@example.com/balcony'),
    await scene.online('nurse@example.com/kitchen'),
  ]
  for (const id of ['m0', 'm1', 'm2'])
    await juliet.send(`<message type='chat' id='${id}' to='${to}'><body>secret</body></message>`)
  const reads = vi.spyOn(storage, 'readArchive')
  const retract = (id: string, of: string) => retractionMessage({ id, to, type: 'chat', of, text: 'retracted' })
  for (let n = 0; n < 150; n++) void nurse.hand(retract(`n${n}`, `m${n % 3}`))
  void juliet.hand(retract('r', 'm1'))
  for (let step = 0; step < 10; step++) {
    scene.environment.advance(5)
    await settled()
  }
  expect(reads.mock.calls.length).toBeLessThan(20)
  const { entries } = await storage.readArchive('offline/messages', to, { max: 500 })
  expect(
    entries
      .map(({ value }) => value)
      .join('')
      .match(/secret/g),
  ).toHaveLength(2)
})
