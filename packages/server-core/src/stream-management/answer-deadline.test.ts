import { expect, test } from 'vitest'
import { chat, JULIET, openManaged, ROMEO } from './stream-management.fixture.ts'

async function scene() {
  const opened = await openManaged({ streamManagement: { answerTimeout: 60_000 } })
  const romeo = await opened.connect(ROMEO)
  const juliet = await opened.connect(JULIET)
  await juliet.enable()
  const isGone = (): boolean => juliet.guest.isDestroyed
  return { opened, romeo, juliet, isGone }
}

test('XEP-0198 §4: a client that does not answer <r/> in time loses its connection; its session waits, and goes on', async () => {
  const { opened, romeo, juliet, isGone } = await scene()
  await romeo.say(chat('1'))
  await opened.pass(1000)
  expect(juliet.hear()).toEqual(['message 1', "<r xmlns='urn:xmpp:sm:3'/>"])
  await opened.pass(59_999)
  expect(isGone()).toBe(false)
  await opened.pass(1)
  expect(isGone()).toBe(true)
  await juliet.cut()
  expect(juliet.session.isDetached).toBe(true)
  expect(await juliet.resume(0)).toContain('<resumed')
  expect(juliet.hear()).toContain('message 1')
})

test('one that answers late, or that is asked again and again, does not', async () => {
  const { opened, romeo, juliet, isGone } = await scene()
  for (let count = 1; count <= 20; count++) {
    await romeo.say(chat(`${count}`))
    await opened.pass(1000)
    await opened.pass(40_000)
    await juliet.nonza(`<a h='${count}'/>`)
  }
  expect(isGone()).toBe(false)
})

test('the deadline of one connection does not end the next', async () => {
  const { opened, romeo, juliet, isGone } = await scene()
  await romeo.say(chat('1'))
  await opened.pass(31_000)
  await juliet.cut()
  await opened.pass(1000)
  await juliet.resume(0)
  await opened.pass(59_999)
  expect(isGone()).toBe(false)
  await opened.pass(1)
  expect(isGone()).toBe(true)
})
