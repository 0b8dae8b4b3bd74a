import { expect, test } from 'vitest'
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
