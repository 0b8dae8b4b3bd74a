import { createMemoryStorage, type Write } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { expect, test } from 'vitest'
import { silentLogger } from '../logger.ts'
import { settled } from '../presence/scene.fixture.ts'
import { OUTBOX_ARCHIVE, type OutboxParts } from './outbox-parts.ts'
import { OutboxRestoration } from './outbox-restoration.ts'

const MANY = 250
const LOCALS = ['a.example', 'c.example']

/** A server that finds very much in its outbox, for two of its domains. */
async function scene() {
  const storage = createMemoryStorage()
  const entry = (owner: string, n: number): Write => {
    const value = `<message from='juliet@${owner}' to='romeo@b.example' id='${owner} ${n}'/>`
    return { type: 'append', archive: OUTBOX_ARCHIVE, owner, id: String(n).padStart(6, '0'), at: 1, value }
  }
  await storage.commit(LOCALS.flatMap((owner) => Array.from({ length: MANY }, (_, n) => entry(owner, n))))
  const environment = new FakeEnvironment()
  const parts = { storage, environment, log: silentLogger } as unknown as OutboxParts
  const nothing = (): void => {}
  const withdrawn: string[] = []
  const restoration = new OutboxRestoration(parts, {
    ...{ beginReading: nothing, endReading: nothing, noted: nothing, damaged: nothing },
    isOwn: () => false,
    withdraw: ({ id }) => void withdrawn.push(id),
  })
  const sent: (string | undefined)[] = []
  const pass = async (ms: number) => {
    environment.advance(ms)
    await settled()
  }
  return { restoration, sent, withdrawn, environment, pass }
}

const all = LOCALS.flatMap((local) => Array.from({ length: MANY }, (_, n) => `${local} ${n}`))

test('however much was kept is sent again, each once and in order', async () => {
  const { restoration, sent, environment } = await scene()
  await restoration.restore(LOCALS, ({ id }) => sent.push(id) > 0)
  expect(sent).toEqual(all)
  expect(environment.pendingTimers).toBe(0)
})

test('where there is no room for more, it goes on later with the one that had none', async () => {
  const { restoration, sent, withdrawn, environment, pass } = await scene()
  let room = 120
  await restoration.restore(LOCALS, ({ id }) => room-- > 0 && sent.push(id) > 0)
  expect([sent, withdrawn]).toEqual([all.slice(0, 120), ['000120']])
  await pass(9_999)
  expect(sent).toHaveLength(120)
  room = MANY
  await pass(1)
  expect(sent).toEqual(all.slice(0, 120 + MANY))
  restoration.end()
  room = MANY
  await pass(60_000)
  expect([sent.length, environment.pendingTimers]).toEqual([120 + MANY, 0])
})
