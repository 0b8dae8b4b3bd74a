import { roster } from '@parlour/client-core'
import { Message, message } from '@parlour/stanza'
import { createMemoryStorage } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsClient } from '../carbons/client.ts'
import { carbonsServer } from '../carbons/server.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { receiptsClient, receiptsClientWith } from './client.ts'
import { asksForReceipt, RECEIPTS_NAMESPACE, readReceipt, receiptElement, receiptRequestElement } from './wire.ts'

const parse = (attributes: string, content: string) =>
  new Message(parseXml(`<message xmlns='jabber:client' ${attributes}>${content}</message>`))
const request = receiptRequestElement().toString()

test('XEP-0184 §7: the two elements', () => {
  expect(request).toBe("<request xmlns='urn:xmpp:receipts'/>")
  expect(receiptElement('richard2-4.1.247').toString()).toBe(
    "<received xmlns='urn:xmpp:receipts' id='richard2-4.1.247'/>",
  )
  const receipt = "<received xmlns='urn:xmpp:receipts' id='1'/>"
  expect(readReceipt(parse('', receipt).element)).toBe('1')
  expect(readReceipt(parse("type='error'", receipt).element)).toBeUndefined()
})

test.each([
  ['a request', "id='1' type='chat'", request, true],
  ['§7: "MUST include an \'id\'"', "type='chat'", request, false],
  ['an error', "id='1' type='error'", request, false],
  ['§5.3: a room', "id='1' type='groupchat'", request, false],
  ['§5.4: a receipt itself', "id='1'", `${request}<received xmlns='urn:xmpp:receipts' id='2'/>`, false],
  ['no request', "id='1'", '<body>x</body>', false],
])('asks for a receipt: %s', (_, attributes, content, expected) => {
  expect(asksForReceipt(parse(attributes, content))).toBe(expected)
})

describe('the client', () => {
  const subscribed = async (subscription: string) => {
    const storage = createMemoryStorage()
    const owner = 'juliet@example.com'
    await storage.commit([
      { type: 'put', store: 'roster', owner, key: 'romeo@example.com', value: { at: 1, subscription } },
      { type: 'put', store: 'roster', owner, key: '/version', value: { epoch: 'e', sequence: 1, forgotten: 0 } },
    ])
    return storage
  }
  const open = async (subscription = 'from') => {
    const storage = await subscribed(subscription)
    const accounts = ['romeo@example.com', 'juliet@example.com']
    const scene = await Scene.open([carbonsServer], { accounts, storage })
    const romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.client('juliet@example.com/balcony')
    const heard: string[] = []
    romeo.use(receiptsClient).onReceipt(({ id, from }) => heard.push(`${id} ${from}`))
    const ask = async (fields: Parameters<typeof message>[0] = {}) => {
      const asking = message({ to: 'juliet@example.com/balcony', type: 'chat', id: 'm1', body: 'x', ...fields })
      await romeo.send(romeo.use(receiptsClient).request(asking))
      await settled()
    }
    return { scene, romeo, juliet, heard, ask }
  }

  test('§7: the content message has arrived; "good practice to use the same message type"', async () => {
    const { romeo, juliet, heard, ask } = await open()
    juliet.use(receiptsClient)
    await juliet.use(roster).load()
    const received: Message[] = []
    romeo.stanzas((each) => each.kind === 'message' && received.push(each))
    await ask()
    expect(heard).toEqual(['m1 juliet@example.com/balcony'])
    expect(received.map(({ type }) => type)).toEqual(['chat'])
    // "SHOULD ensure that the message stanza contains only one child element"
    expect(received[0]?.element.elements().map(({ name }) => name)).toEqual(['received'])
  })

  test.each(['to', 'none'])(
    '§8: "SHOULD NOT return … to senders who are not otherwise authorized": %s',
    async (subscription) => {
      const { juliet, heard, ask } = await open(subscription)
      juliet.use(receiptsClient)
      await juliet.use(roster).load()
      await ask()
      expect(heard).toEqual([])
    },
  )

  test('§7: "configured to return receipts, either globally or for this recipient"', async () => {
    const { juliet, heard, ask } = await open('none')
    juliet.use(receiptsClientWith({ mayKnow: ({ from }) => from?.local === 'romeo' }))
    await ask()
    expect(heard).toEqual(['m1 juliet@example.com/balcony'])
  })

  test('a message without a request is not answered', async () => {
    const { romeo, juliet, heard } = await open()
    juliet.use(receiptsClientWith({ mayKnow: () => true }))
    await romeo.send(message({ to: 'juliet@example.com/balcony', type: 'chat', id: 'm1', body: 'x' }))
    await settled()
    expect(heard).toEqual([])
  })

  test('XEP-0280 §10.4: a copy is not answered; a receipt that went to another client is heard', async () => {
    const { scene, romeo, juliet, heard, ask } = await open()
    await using garden = await scene.client('juliet@example.com/garden')
    await using street = await scene.client('romeo@example.com/street')
    for (const each of [garden, juliet]) each.use(receiptsClientWith({ mayKnow: () => true }))
    await garden.use(carbonsClient).enable()
    await street.use(carbonsClient).enable()
    const alsoHeard: string[] = []
    street.use(receiptsClient).onReceipt(({ id, from }) => alsoHeard.push(`${id} ${from}`))
    await ask()
    expect(heard).toEqual(['m1 juliet@example.com/balcony'])
    expect(alsoHeard).toEqual(heard)
    expect(romeo.state.status).toBe('online')
  })

  test('what is asked for: an id is given; nothing is asked of rooms, in errors and in receipts', async () => {
    const { romeo } = await open()
    const receipts = romeo.use(receiptsClient)
    const asking = receipts.request(message({ to: 'a@x', body: 'x' }))
    expect(asking.attribute('id')).toMatch(/^[0-9a-f]{32}$/)
    expect(asking.child('request', RECEIPTS_NAMESPACE)).toBeDefined()
    expect(receipts.request(asking)).toBe(asking)
    for (const untouched of [
      message({ to: 'a@x', type: 'groupchat', body: 'x' }),
      message({ to: 'a@x', type: 'error' }),
      message({ to: 'a@x', children: [receiptElement('1')] }),
    ])
      expect(receipts.request(untouched)).toBe(untouched)
  })
})
