import { expect, test } from 'vitest'
import { retractionMessage } from '../message-retraction/wire.ts'
import { settled } from '../scene.fixture.ts'
import { chat, open, stored } from './offline.fixture.ts'

test('XEP-0160 §2: what arrives for a session that is still getting a full store is refused: it does not overtake', async () => {
  const maxMessages = 150
  const scene = await open({ maxMessages })
  const romeo = await scene.online('romeo@example.com/orchard')
  const texts = Array.from({ length: maxMessages }, (_, at) => `${at} ${'x'.repeat(3000)}`)
  for (const text of texts) await romeo.hand(chat(text))
  romeo.take()
  await romeo.send(chat('refused'))
  expect(romeo.take().map((answer) => answer.attribute('type'))).toEqual(['error'])
  const juliet = await scene.connect('juliet@example.com/balcony')
  juliet.stream.bufferedBytes = 1_000_000
  await juliet.send('<presence/>')
  await romeo.send(chat('refused, too'))
  expect(romeo.take().map((answer) => answer.child('error')?.elements()[0]?.name)).toEqual(['service-unavailable'])
  expect([juliet.bodies(), await stored(scene)]).toEqual([[], maxMessages])
  juliet.stream.bufferedBytes = 0
  for (let times = 0; times < 10; times++) {
    scene.environment.advance(1000)
    await settled()
  }
  await romeo.send(chat('last'))
  expect(juliet.bodies()).toEqual([...texts, 'last'])
  expect([romeo.take(), await stored(scene)]).toEqual([[], 0])
})

test('XEP-0424: what was retracted while it waited takes no room once it was fetched', async () => {
  const scene = await open({ maxBytes: 10_000 })
  const romeo = await scene.online('romeo@example.com/orchard')
  romeo.take()
  const to = 'juliet@example.com'
  for (const id of ['1', '2', '3']) {
    await romeo.send(`<message type='chat' id='${id}' to='${to}'><body>${'x'.repeat(5000)}</body></message>`)
    await romeo.send(retractionMessage({ id: `r${id}`, to, type: 'chat', of: id, text: 'retracted' }))
    const juliet = await scene.online(`${to}/balcony`)
    expect([romeo.take(), juliet.bodies()]).toEqual([[], [undefined, 'retracted']])
    await juliet.disconnect()
  }
})
