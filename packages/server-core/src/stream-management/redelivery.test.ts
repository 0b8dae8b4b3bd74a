import { describe, expect, test } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import { chat, JULIET, kept, openManaged, ROMEO } from './stream-management.fixture.ts'

const ACCOUNT = 'juliet@example.com'

async function scene() {
  const opened = await openManaged({ modules: [kept] })
  const [romeo, juliet] = [await opened.connect(ROMEO), await opened.connect(JULIET)]
  await juliet.enable()
  const end = async () => {
    juliet.session.closed('closed', juliet.guest)
    await settled()
  }
  return { opened, romeo, juliet, end }
}

describe('XEP-0198 §4: what a session has not acknowledged when it ends', () => {
  test('of presence, nothing goes anywhere: all others have it', async () => {
    const { opened, romeo, end } = await scene()
    const desk = await opened.connect('juliet@example.com/desk')
    await romeo.say(`<presence type='subscribe' to='${ACCOUNT}'/>`)
    expect(desk.guest.look().join()).toContain("type='subscribe'")
    await end()
    expect(desk.guest.look().join()).not.toContain("type='subscribe'")
    const { entries } = await opened.storage.readArchive('kept/messages', ACCOUNT, { max: 9 })
    expect(entries).toEqual([])
  })

  test('has its place before anybody else signs in, who then waits for nothing', async () => {
    const { opened, romeo, end } = await scene()
    await romeo.say(chat('1'))
    const { redeliveries } = opened.stand.kernel.streamManagement
    const ending = end()
    expect(redeliveries.of(ACCOUNT)).toBeInstanceOf(Promise)
    await ending
    await settled()
    expect(redeliveries.of(ACCOUNT)).toBeUndefined()
  })
})
