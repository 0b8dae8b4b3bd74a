import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, test } from 'vitest'
import { type FakeClient, type Scene, settled } from '../scene.fixture.ts'
import { chat, open, stored } from './offline.fixture.ts'

const BALCONY = 'juliet@example.com/balcony'
const DESK = 'juliet@example.com/desk'
const LONGEST_DELAY = 60_000

/** A storage that fails for as long as it is told to, and messages that wait. */
async function waiting(bodies: readonly string[], settings = {}) {
  const storage = new FaultyStorage(createMemoryStorage())
  const scene = await open(settings, storage)
  const romeo = await scene.online('romeo@example.com/orchard')
  for (const body of bodies) await romeo.hand(chat(body))
  await settled()
  romeo.take()
  return { storage, scene, romeo }
}

async function pass(scene: Scene, ms = LONGEST_DELAY): Promise<void> {
  scene.environment.advance(ms)
  await settled()
}

async function managed(scene: Scene, address: string): Promise<FakeClient> {
  const client = await scene.connect(address)
  await client.manage()
  return client
}

const heads = (client: FakeClient) => client.bodies().map((body) => body?.slice(0, 4))

describe('what is handed out while the storage fails to remove it is handed out once', () => {
  test('to a session without XEP-0198: the next one does not get it, and it goes when the storage is well', async () => {
    const { storage, scene, romeo } = await waiting(['1', '2'], { maxMessages: 2 })
    storage.fail('full', 'commit')
    const juliet = await scene.online(BALCONY)
    expect(juliet.bodies()).toEqual(['1', '2'])
    await juliet.disconnect()
    const desk = await scene.online(DESK)
    expect(desk.bodies()).toEqual([])
    await desk.disconnect()
    for (let times = 0; times < 10; times++) await pass(scene)
    expect([await stored(scene), scene.errors.length]).toEqual([2, 1])
    storage.heal()
    await pass(scene)
    expect(await stored(scene)).toBe(0)
    // Its room is there again, and nothing happens by itself any more.
    for (const body of ['3', '4']) await romeo.send(chat(body))
    expect([await stored(scene), scene.environment.pendingTimers]).toEqual([2, 0])
    const again = await scene.online(BALCONY)
    expect(again.bodies()).toEqual(['3', '4'])
  })

  test('what comes after it is handed out all the same', async () => {
    const long = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(100_000))
    const { storage, scene } = await waiting(long)
    const juliet = await scene.connect(BALCONY)
    storage.fail('full', 'commit')
    await juliet.send('<presence/>')
    await pass(scene)
    storage.heal()
    await pass(scene)
    expect([heads(juliet), await stored(scene)]).toEqual([['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'], 0])
  })

  test('the answer of the storage was lost: nothing comes twice, and nothing is left', async () => {
    const { storage, scene } = await waiting(['1'])
    storage.loseAnswers()
    const juliet = await scene.online(BALCONY)
    expect(juliet.bodies()).toEqual(['1'])
    storage.heal()
    await pass(scene)
    const desk = await scene.online(DESK)
    expect([desk.bodies(), await stored(scene), scene.environment.pendingTimers]).toEqual([[], 0, 0])
  })

  test('with XEP-0198 it is stored until the client has acknowledged it', async () => {
    const { storage, scene } = await waiting(['1', '2'])
    const juliet = await managed(scene, BALCONY)
    storage.fail('full', 'commit')
    await juliet.send('<presence/>')
    expect(juliet.bodies()).toEqual(['1', '2'])
    storage.heal()
    const desk = await scene.online(DESK)
    desk.take()
    for (let times = 0; times < 10; times++) await pass(scene, 6000)
    expect([desk.bodies(), await stored(scene)]).toEqual([[], 2])
    // Its presence and the messages.
    await juliet.acknowledge(3)
    await pass(scene)
    expect([desk.bodies(), await stored(scene)]).toEqual([[], 0])
  })

  test.each([
    ['after the storage is well again', true],
    ['before', false],
  ])(
    'with XEP-0198, what was not acknowledged when the session ended %s, the next one gets in its order, once',
    async (_, isWell) => {
      const { storage, scene, romeo } = await waiting(['1', '2', '3'])
      const juliet = await managed(scene, BALCONY)
      storage.fail('full', 'commit')
      await juliet.send('<presence/>')
      expect(juliet.bodies()).toEqual(['1', '2', '3'])
      if (isWell) storage.heal()
      await juliet.acknowledge(2)
      juliet.session.closed('closed')
      await settled()
      storage.heal()
      await pass(scene)
      await romeo.send(chat('4'))
      const desk = await scene.online(DESK)
      const heard = desk.bodies()
      await pass(scene)
      expect([heard, desk.bodies(), await stored(scene)]).toEqual([['2', '3', '4'], [], 0])
      const later = await scene.online(BALCONY)
      expect(later.bodies()).toEqual([])
    },
  )
})
