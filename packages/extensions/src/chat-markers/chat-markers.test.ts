import type { Client } from '@parlour/client-core'
import { Message, message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsClient } from '../carbons/client.ts'
import { carbonsServer } from '../carbons/server.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { chatMarkersClient, chatMarkersClientWith } from './client.ts'
import { displayedElement, isMarkable, markableElement, markableId, readDisplayed } from './wire.ts'

const parse = (attributes: string, content: string) =>
  new Message(parseXml(`<message xmlns='jabber:client' ${attributes}>${content}</message>`))

test('XEP-0333 §4.1, §4.2: the two elements', () => {
  expect(markableElement().toString()).toBe("<markable xmlns='urn:xmpp:chat-markers:0'/>")
  expect(displayedElement('the-msg-1').toString()).toBe("<displayed xmlns='urn:xmpp:chat-markers:0' id='the-msg-1'/>")
  const content = `${markableElement()}${displayedElement('1')}`
  expect([isMarkable(parse('', content).element), readDisplayed(parse('', content).element)]).toEqual([true, '1'])
  const error = parse("type='error'", content).element
  expect([isMarkable(error), readDisplayed(error)]).toEqual([false, undefined])
})

test('§4.3: in a room the id that the room gave; its own only where the room does not give ids', () => {
  const stanzaId = "<stanza-id xmlns='urn:xmpp:sid:0' by='coven@chat.example' id='39K7ZYIp'/>"
  const inRoom = parse("type='groupchat' from='coven@chat.example/witch' id='message-1'", stanzaId)
  expect(markableId(inRoom)).toBe('39K7ZYIp')
  expect(markableId(inRoom, false)).toBe('message-1')
  expect(markableId(parse("type='chat' from='a@x/1' id='m'", stanzaId))).toBe('m')
})

describe('the client', () => {
  const open = async (mayKnow: (message: Message) => boolean = () => true) => {
    const accounts = ['romeo@example.com', 'juliet@example.com']
    const scene = await Scene.open([carbonsServer], { accounts })
    const romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.client('juliet@example.com/balcony')
    await romeo.send(parseXml("<presence xmlns='jabber:client'/>"))
    const markers = juliet.use(chatMarkersClientWith({ mayKnow }))
    return { scene, romeo, juliet, markers, heard: listen(romeo), ask: () => ask(romeo, juliet) }
  }

  function listen(client: Client): string[] {
    const heard: string[] = []
    client
      .use(chatMarkersClient)
      .onDisplayed(({ id, from, isOwn }) => heard.push(`${id} ${from}${isOwn ? ' own' : ''}`))
    return heard
  }

  async function ask(romeo: Client, juliet: Client, id = 'm1'): Promise<Message> {
    const next = juliet.messages()[Symbol.asyncIterator]().next()
    const asking = message({ to: juliet.jid, type: 'chat', id, body: 'x' })
    await romeo.send(romeo.use(chatMarkersClient).markable(asking))
    return (await next).value as Message
  }

  test('§4.2: the sender hears up to where was read', async () => {
    const { markers, heard, ask } = await open()
    expect(await markers.displayed(await ask())).toBe(true)
    await settled()
    expect(heard).toEqual(['m1 juliet@example.com/balcony'])
  })

  test('§5: "only move forward": the same is not told twice', async () => {
    const { markers, heard, ask } = await open()
    const shown = await ask()
    expect([await markers.displayed(shown), await markers.displayed(shown)]).toEqual([true, false])
    await settled()
    expect(heard).toHaveLength(1)
  })

  test('what could not be sent is tried again when it is shown again', async () => {
    const { juliet, markers, heard, ask } = await open()
    const shown = await ask()
    const undo = juliet.outgoing(() => {
      throw new Error('no way out')
    })
    await expect(markers.displayed(shown)).rejects.toThrow('no way out')
    undo()
    expect(await markers.displayed(shown)).toBe(true)
    await settled()
    expect(heard).toHaveLength(1)
  })

  test.each([
    ['§5: "NOT RECOMMENDED" without a request', "type='chat' from='romeo@example.com/o' id='1'", '<body>x</body>'],
    [
      '§4.2: "MUST NOT send a Displayed Marker as a response to a Displayed Marker"',
      "from='romeo@example.com/o' id='1'",
      `${markableElement()}${displayedElement('0')}`,
    ],
    [
      '§5: "MUST not … for outgoing messages … of the same entity"',
      "from='juliet@example.com/garden' id='1'",
      `${markableElement()}`,
    ],
    ['an error', "type='error' from='romeo@example.com/o' id='1'", `${markableElement()}`],
    ['without an id', "from='romeo@example.com/o'", `${markableElement()}`],
  ])('nothing is told: %s', async (_, attributes, content) => {
    const { markers } = await open()
    expect(await markers.displayed(parse(attributes, content))).toBe(false)
  })

  test('§8, §9: not to those who may not know, nor when the user does not want it', async () => {
    const strict = await open(() => false)
    expect(await strict.markers.displayed(await strict.ask())).toBe(false)
    const { markers, ask } = await open()
    markers.isEnabled = false
    expect(await markers.displayed(await ask())).toBe(false)
  })

  test("§4.3: to the room, without having been asked, by the message's own id where the room gives none", async () => {
    const { markers, juliet } = await open()
    const sent: string[] = []
    juliet.outgoing((stanza) => {
      if (stanza.name === 'message')
        sent.push(`${stanza.attribute('type')} ${stanza.attribute('to')} ${readDisplayed(stanza)}`)
      return stanza
    })
    const forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@example.com' id='forged'/>"
    expect(await markers.displayed(parse("type='groupchat' from='romeo@example.com/witch' id='1'", forged))).toBe(true)
    expect(sent).toEqual(['groupchat romeo@example.com 1'])
  })

  test('another client of the account tells that the user has read', async () => {
    const { scene, romeo, markers, ask } = await open()
    await using garden = await scene.client('juliet@example.com/garden')
    await garden.use(carbonsClient).enable()
    const heard = listen(garden)
    await markers.displayed(await ask())
    await settled()
    expect(heard).toEqual(['m1 juliet@example.com/balcony own'])
    expect(romeo.state.status).toBe('online')
  })

  test('what asks: an id is given; once is enough', async () => {
    const { romeo } = await open()
    const { markable } = { markable: (each: ReturnType<typeof message>) => romeo.use(chatMarkersClient).markable(each) }
    const asking = markable(message({ to: 'a@x', body: 'x' }))
    expect(asking.attribute('id')).toMatch(/^[0-9a-f]{32}$/)
    expect(markable(asking)).toBe(asking)
    const marker = message({ to: 'a@x', children: [displayedElement('1')] })
    expect(markable(marker)).toBe(marker)
  })
})
