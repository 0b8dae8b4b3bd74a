import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, test } from 'vitest'
import { chat, open, stored } from './offline.fixture.ts'

describe('RFC 6121 §8.5.2.2.1, XEP-0160 §3: what is stored', () => {
  test.each([
    ['normal', "<message to='juliet@example.com'><body>x</body></message>"],
    ['normal, named', "<message to='juliet@example.com' type='normal'><body>x</body></message>"],
    ['of a type nobody knows', "<message to='juliet@example.com' type='novel'><body>x</body></message>"],
    ['chat', chat('x')],
    ['chat to a resource that is gone', chat('x', 'juliet@example.com/balcony')],
    ['a receipt', "<message to='juliet@example.com'><received xmlns='urn:xmpp:receipts' id='1'/></message>"],
    ['a subject only', "<message to='juliet@example.com'><subject>x</subject></message>"],
    [
      'XEP-0334 §4.4: SHOULD be stored with <store/>',
      "<message to='juliet@example.com'><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/></message>",
    ],
  ])('%s', async (_, message) => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    romeo.take()
    await romeo.send(message)
    expect(romeo.take()).toEqual([])
    expect(await stored(scene)).toBe(1)
  })

  test.each([
    ['groupchat', "<message to='juliet@example.com' type='groupchat'><body>x</body></message>", 'service-unavailable'],
    ['headline', "<message to='juliet@example.com' type='headline'><body>x</body></message>", undefined],
    ['error', "<message to='juliet@example.com' type='error'><body>x</body></message>", undefined],
    [
      'only a chat state',
      "<message to='juliet@example.com' type='chat'><thread>t</thread><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
      undefined,
    ],
    [
      'XEP-0334 §4.2: a message with <no-store/>; its sender hears of it',
      "<message to='juliet@example.com' type='chat'><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>",
      'service-unavailable',
    ],
    ['for an account that does not exist', chat('x', 'nobody@example.com'), 'service-unavailable'],
  ])('not: %s', async (_, message, condition) => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    romeo.take()
    await romeo.send(message)
    const answers = romeo.take()
    expect(answers.map((answer) => answer.child('error')?.elements()[0]?.name)).toEqual(condition ? [condition] : [])
    expect(await stored(scene)).toBe(0)
    expect(await stored(scene, 'nobody@example.com')).toBe(0)
  })

  test('RFC 6121 §8.5.2.2: what a resource with non-negative priority takes is not stored', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    const juliet = await scene.online('juliet@example.com/balcony')
    juliet.take()
    await romeo.send(chat('live'))
    expect(juliet.bodies()).toEqual(['live'])
    expect(await stored(scene)).toBe(0)
  })

  test('XEP-0160 §2: a resource with negative priority takes nothing for the bare JID', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    const juliet = await scene.online('juliet@example.com/balcony', -1)
    await romeo.send(chat('one'))
    expect(juliet.bodies()).toEqual([])
    expect(await stored(scene)).toBe(1)
  })
})

describe('bounds', () => {
  test('XEP-0160 §2: "if not (e.g., because the recipient\'s offline message queue is full), the server returns a <service-unavailable/>"', async () => {
    const scene = await open({ maxMessages: 2 })
    const romeo = await scene.online('romeo@example.com/orchard')
    romeo.take()
    await romeo.send(chat('1'))
    await romeo.send(chat('2'))
    expect(romeo.take()).toEqual([])
    await romeo.send(chat('3'))
    const [error] = romeo.take()
    expect(error?.attribute('id')).toBe('3')
    expect(error?.child('error')?.elements()[0]?.name).toBe('service-unavailable')
    expect(await stored(scene)).toBe(2)
  })

  test('room comes back once messages are delivered', async () => {
    const scene = await open({ maxMessages: 1 })
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    const juliet = await scene.online('juliet@example.com/balcony')
    await juliet.disconnect()
    await romeo.send(chat('2'))
    expect(await stored(scene)).toBe(1)
  })

  test('the size of all messages is bounded, also of those stored before a restart', async () => {
    const storage = createMemoryStorage()
    const before = await open({ maxBytes: 2000 }, storage)
    const romeo = await before.online('romeo@example.com/orchard')
    await romeo.send(chat('x'.repeat(500)))
    const after = await open({ maxBytes: 2000 }, storage)
    const again = await after.online('romeo@example.com/orchard')
    again.take()
    await again.send(chat('y'.repeat(500)))
    expect(again.take().map((each) => each.attribute('type'))).toEqual(['error'])
    expect(await stored(after)).toBe(1)
  })

  test('many senders at a time do not pass the bound', async () => {
    const scene = await open({ maxMessages: 5 })
    const senders = await Promise.all([1, 2, 3, 4].map((n) => scene.online(`romeo@example.com/${n}`)))
    await Promise.all(
      senders.flatMap((sender) => [sender.hand(chat('a')), sender.hand(chat('b')), sender.hand(chat('c'))]),
    )
    expect(await stored(scene)).toBe(5)
  })
})

test('the messages of an account that is removed are removed, also when none was stored since the start', async () => {
  const storage = createMemoryStorage()
  const before = await open({}, storage)
  const romeo = await before.online('romeo@example.com/orchard')
  await romeo.send(chat('1'))
  const after = await open({}, storage)
  await after.kernel.accounts.remove(parseJid('juliet@example.com'))
  expect(await stored(after)).toBe(0)
})
