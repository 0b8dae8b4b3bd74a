import { FakeEnvironment } from '@parlour/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import { HandledStanzas } from './handled-stanzas.ts'

/** The count of a session whose commits last until they are let go. */
function counting() {
  const said: string[] = []
  const stored: number[] = []
  let held: (() => void)[] = []
  const handled = new HandledStanzas({
    environment: new FakeEnvironment(),
    send: (text) => void said.push(text),
    commit: (h) => new Promise<void>((resolve) => held.push(resolve)).then(() => void stored.push(h)),
  })
  return {
    ...{ handled, said, stored },
    release: async () => {
      while (held.length > 0) {
        const each = held
        held = []
        for (const go of each) go()
        await settled()
      }
    },
  }
}

const answer = (h: number) => `<a xmlns='urn:xmpp:sm:3' h='${h}'/>`

describe('XEP-0198 §4: the response "MUST NOT be withheld for any condition other than a timeout"', () => {
  test('what is asked while the count of an earlier request is being stored is answered without more being said', async () => {
    const { handled, said, release } = counting()
    handled.finish(handled.begin(), false)
    handled.asked()
    handled.finish(handled.begin(), false)
    handled.asked()
    await release()
    expect(said).toEqual([answer(1), answer(2)])
  })

  test('the same on a new connection, whose client has asked while that of the former was being answered', async () => {
    const { handled, said, release } = counting()
    handled.finish(handled.begin(), false)
    handled.asked()
    handled.disconnected()
    handled.finish(handled.begin(), false)
    handled.asked()
    await release()
    expect(said).toEqual([answer(2)])
  })
})

test('XEP-0198 §5: who waits to say <resumed/> waits for all stanzas that have arrived, and for their count to be stored', async () => {
  const { handled, stored, release } = counting()
  const [first, second] = [handled.begin(), handled.begin()]
  let isSettled = false
  const settling = handled.settled()?.then(() => {
    isSettled = true
  })
  handled.finish(first, false)
  await release()
  expect(isSettled).toBe(false)
  handled.finish(second, false)
  await settled()
  expect(isSettled).toBe(false)
  await release()
  await settling
  expect([isSettled, handled.resumed(), stored]).toEqual([true, 2, [2]])
})

test('before a stream ends, what is stored is told at once, and the rest when it is', async () => {
  const { handled, said, release } = counting()
  handled.finish(handled.begin(), true)
  handled.finish(handled.begin(), false)
  const told = handled.tellLast()
  expect(said).toEqual([answer(1)])
  await settled()
  expect(said).toEqual([answer(1)])
  await release()
  await told
  expect(said).toEqual([answer(1), answer(2)])
})

test('between servers, where no count is stored, what is handled is told before a stream ends', () => {
  const said: string[] = []
  const parts = { environment: new FakeEnvironment(), send: (text: string) => void said.push(text), commit: undefined }
  const handled = new HandledStanzas(parts)
  for (let n = 0; n < 2; n++) handled.finish(handled.begin(), false)
  expect([handled.tellLast(), said]).toEqual([undefined, [answer(2)]])
})

test('h never counts a stanza that is still being handled, though one behind it is stored', async () => {
  const { handled, said, release } = counting()
  handled.finish(handled.begin(), false)
  handled.asked()
  const second = handled.begin()
  handled.finish(handled.begin(), true)
  await release()
  expect(said).toEqual([answer(1)])
  handled.finish(second, true)
  handled.asked()
  await release()
  expect(said).toEqual([answer(1), answer(3)])
})
