import { defineServerModule } from '@parlour/server-core'
import { createMemoryStorage } from '@parlour/storage'
import { expect, test } from 'vitest'
import { Scene, settled } from '../scene.fixture.ts'
import { offlineServer, waitingMessages } from './server.ts'

const JULIET = 'juliet@example.com'
const accounts = ['romeo@example.com', JULIET]
const chat = (body: string) => `<message to='${JULIET}' type='chat'><body>${body}</body></message>`

/** Juliet's sessions find elsewhere, when they bind, what `isKept` says. */
async function open(isKept: (body: string | undefined) => boolean | Promise<boolean>, storage = createMemoryStorage()) {
  const seen: (string | undefined)[] = []
  const elsewhere = defineServerModule({
    name: 'elsewhere',
    setup: (host) => [
      host.on('sessionBound', (session) =>
        session.account === JULIET
          ? host.find(waitingMessages)?.discard(session, async (messages) => {
              const bodies = messages.map((message) => message.childText('body'))
              seen.push(...bodies)
              return Promise.all(bodies.map(isKept))
            })
          : undefined,
      ),
    ],
  })
  const scene = await Scene.open([offlineServer, elsewhere], { accounts, storage })
  return { scene, seen, romeo: await scene.online('romeo@example.com/orchard') }
}

test('XEP-0386 §3.2: what is kept elsewhere is cleared "without sending", the rest is delivered in its order', async () => {
  const { scene, seen, romeo } = await open((body) => body?.startsWith('kept') === true)
  const texts = Array.from({ length: 250 }, (_, at) => (at % 3 === 0 ? `new ${at}` : `kept ${at}`))
  for (const text of texts) await romeo.hand(chat(text))
  const juliet = await scene.online(`${JULIET}/balcony`)
  await settled()
  expect(seen).toEqual(texts)
  expect(juliet.bodies()).toEqual(texts.filter((text) => text.startsWith('new')))
  await juliet.disconnect()
  const again = await scene.online(`${JULIET}/balcony`)
  expect(again.bodies()).toEqual([])
})

test('what arrives meanwhile comes behind what is left', async () => {
  let answer = (_: boolean): void => {}
  const { scene, romeo } = await open(() => new Promise((resolve) => (answer = resolve)))
  await romeo.send(chat('first'))
  const binding = scene.connect(`${JULIET}/balcony`)
  await settled()
  const second = romeo.hand(chat('second'))
  await settled()
  answer(false)
  const juliet = await binding
  await second
  await juliet.send('<presence/>')
  await settled()
  expect(juliet.bodies()).toEqual(['first', 'second'])
})

test('a message that cannot be read stays stored, and nothing stops', async () => {
  const storage = createMemoryStorage()
  const { scene, romeo } = await open(() => true, storage)
  await romeo.send(chat('kept'))
  const { entries } = await storage.readArchive('offline/messages', JULIET, { max: 1 })
  const id = entries[0]?.id ?? ''
  await storage.commit([
    { type: 'append', archive: 'offline/messages', owner: JULIET, id: `${id}a`, at: 0, value: '<message' },
  ])
  const juliet = await scene.connect(`${JULIET}/balcony`)
  await settled()
  expect((await storage.readArchive('offline/messages', JULIET, { max: 9 })).entries.map(({ value }) => value)).toEqual(
    ['<message'],
  )
  await juliet.send('<presence/>')
  expect(juliet.bodies()).toEqual([])
})
