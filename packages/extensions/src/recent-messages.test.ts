import { message } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { MAX_MESSAGES, MAX_SIZE, recentMessages } from './recent-messages.ts'
import { ClientSessions } from './sessions.fixture.ts'

async function begin() {
  const sessions = await ClientSessions.start()
  const { client } = sessions
  const recent = client.use(recentMessages)
  const send = (id: string, body: string, empty = 0) => {
    const nodes = Array.from({ length: empty }, () => el('x', 'urn:x'))
    return client.send(message({ to: 'romeo@example.net', type: 'chat', id, body, children: nodes }))
  }
  const ids = () => {
    const found: (string | undefined)[] = []
    recent.find(({ id }) => found.push(id) === 0)
    return found
  }
  return { sessions, send, ids }
}

test('the latest messages are remembered, as many as the bound', async () => {
  const { sessions, send, ids } = await begin()
  await using _ = sessions
  for (let n = 0; n <= MAX_MESSAGES; n++) await send(`${n}`, 'x')
  expect([ids().length, ids()[0], ids().at(-1)]).toEqual([MAX_MESSAGES, `${MAX_MESSAGES}`, '1'])
})

test('of long messages, no more than the bound of all together', async () => {
  const { sessions, send, ids } = await begin()
  await using _ = sessions
  for (let n = 0; n < 12; n++) await send(`${n}`, 'x'.repeat(MAX_SIZE / 10))
  expect(ids()).toEqual(['11', '10', '9', '8', '7', '6', '5', '4', '3'])
})

test('one that is longer than that is not remembered; the others are', async () => {
  const { sessions, send, ids } = await begin()
  await using _ = sessions
  await send('1', 'x')
  await send('2', 'x'.repeat(MAX_SIZE))
  await send('3', 'x')
  expect(ids()).toEqual(['3', '1'])
})

test('elements without text count, too', async () => {
  const { sessions, send, ids } = await begin()
  await using _ = sessions
  for (let n = 0; n < 9; n++) await send(`${n}`, 'x', 5_000)
  expect(ids().length).toBeLessThan(9)
})
