import { Message, message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { repliesClient } from './client.ts'
import { readReply, repliableId, replyBody, replyMessage } from './wire.ts'

const cake = new Message(
  parseXml(
    `<message xmlns='jabber:client' to='max@example.com' from='anna@example.com/tablet' id='message-id1' type='chat'>
       <body>We should bake a cake</body></message>`,
  ),
)

test('XEP-0461 §3, example 3: an answer', () => {
  const built = replyMessage({ of: cake, body: 'Great idea!', to: 'anna@example.com', id: 'message-id2' })
  expect(built.toString()).toBe(
    "<message xmlns='jabber:client' to='anna@example.com' id='message-id2' type='chat'><body>Great idea!</body>" +
      "<reply xmlns='urn:xmpp:reply:0' to='anna@example.com/tablet' id='message-id1'/></message>",
  )
  expect(readReply(built)).toEqual({ id: 'message-id1', to: 'anna@example.com/tablet' })
  expect(replyBody(built)).toBe('Great idea!')
})

test('§3.1, example 4: with a text for who knows no replies; counted in code points', () => {
  const built = replyMessage({ of: cake, body: 'Great idea!', quote: 'Anna 🎂 wrote:\nWe should bake a cake' })
  expect(built.childText('body')).toBe('> Anna 🎂 wrote:\n> We should bake a cake\nGreat idea!')
  const range = built.child('fallback', 'urn:xmpp:fallback:0')?.child('body')
  expect(range?.attributes).toMatchObject({ start: '0', end: '40' })
  expect(replyBody(built)).toBe('Great idea!')
})

test('§4.1: which id; without one nobody can answer', () => {
  const parse = (attributes: string, content = '') =>
    new Message(parseXml(`<message xmlns='jabber:client' ${attributes}>${content}</message>`))
  const ids = "<origin-id xmlns='urn:xmpp:sid:0' id='o'/><stanza-id xmlns='urn:xmpp:sid:0' by='coven@x' id='s'/>"
  expect(repliableId(parse("type='groupchat' from='coven@x/witch' id='m'", ids))).toBe('s')
  expect(repliableId(parse("from='a@x/1' id='m'", ids))).toBe('o')
  expect(() => replyMessage({ of: parse("type='groupchat' from='coven@x/witch' id='m'"), body: 'x' })).toThrow(
    RangeError,
  )
  expect(replyMessage({ of: parse("type='groupchat' from='coven@x/witch'", ids), body: 'x' }).attribute('to')).toBe(
    'coven@x',
  )
})

test.each([
  ['no id', "<reply xmlns='urn:xmpp:reply:0'/>", 'chat'],
  ['an error', "<reply xmlns='urn:xmpp:reply:0' id='1'/>", 'error'],
  ['nothing', '<body>x</body>', 'chat'],
])('no answer: %s', (_, content, type) => {
  expect(readReply(parseXml(`<message xmlns='jabber:client' type='${type}'>${content}</message>`))).toBeUndefined()
})

describe('the client', () => {
  const open = async () => {
    const scene = await Scene.open([], { accounts: ['romeo@example.com', 'juliet@example.com', 'iago@example.com'] })
    const romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.client('juliet@example.com/balcony')
    const heard: string[] = []
    romeo.use(repliesClient).onReply(({ id, original, body }) => heard.push(`${id} ${original?.body} | ${body}`))
    const received = new Promise<Message>((resolve) =>
      juliet.stanzas((each) => each.kind === 'message' && resolve(each)),
    )
    await romeo.send(message({ to: juliet.jid, type: 'chat', id: 'm1', body: 'We should bake a cake' }))
    return { scene, romeo, juliet, heard, message: await received }
  }

  test('answers to a message; its author sees both', async () => {
    const { juliet, heard, message: cake } = await open()
    const id = await juliet.use(repliesClient).reply(cake, 'Great idea!')
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    await expect.poll(() => heard).toEqual(['m1 We should bake a cake | Great idea!'])
  })

  test('§3.1: what is answered to is not known: the quoted text is shown', async () => {
    const { scene, heard, message: cake, romeo } = await open()
    const iago = await scene.connect('iago@example.com/street')
    const forged = new Message(cake.element.withAttributes({ from: romeo.jid.toString() }))
    await iago.send(replyMessage({ of: forged, body: 'Mine', quote: 'A cake' }))
    expect(heard).toEqual(['m1 undefined | > A cake\nMine'])
  })

  test('without a quote', async () => {
    const { juliet, heard, message: cake } = await open()
    let sent = ''
    juliet.outgoing((stanza) => {
      sent = stanza.childText('body') ?? ''
      return stanza
    })
    await juliet.use(repliesClient).reply(cake, 'Great idea!', { quote: false })
    expect(sent).toBe('Great idea!')
    await expect.poll(() => heard).toHaveLength(1)
  })
})
