import { Message, message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsClient } from '../carbons/client.ts'
import { carbonsServer } from '../carbons/server.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { messageCorrectionClient } from './client.ts'
import { correctedMessage, isCorrectedBy, readCorrection, replaceElement } from './wire.ts'

const parse = (attributes: string, content: string) =>
  new Message(parseXml(`<message xmlns='jabber:client' ${attributes}>${content}</message>`))
const bad = message({
  to: 'juliet@capulet.net/balcony',
  id: 'bad1',
  body: 'But soft, what light through yonder airlock breaks?',
})
const good = { id: 'good1', body: 'But soft, what light through yonder window breaks?' }

test('XEP-0308 §3, example 4: the corrected message', () => {
  const corrected = correctedMessage(bad, good)
  expect(corrected.toString()).toBe(
    "<message xmlns='jabber:client' to='juliet@capulet.net/balcony' id='good1'>" +
      "<body>But soft, what light through yonder window breaks?</body><replace xmlns='urn:xmpp:message-correct:0' id='bad1'/></message>",
  )
  expect(readCorrection(corrected)).toEqual({ id: 'bad1' })
})

test('§4: "the id of the original message is used in each case"', () => {
  const again = correctedMessage(correctedMessage(bad, good), { id: 'good2', body: '…' })
  expect(readCorrection(again)).toEqual({ id: 'bad1' })
  expect(again.childrenNamed('replace', 'urn:xmpp:message-correct:0')).toHaveLength(1)
})

test('§4: "MUST re-send the entire stanza", without what is of the first stanza only', () => {
  const sent = parse(
    "from='romeo@x/1' to='juliet@x' id='1' type='chat'",
    `<body>a</body><body xml:lang='de'>b</body><thread>t</thread><markable xmlns='urn:xmpp:chat-markers:0'/>
     <origin-id xmlns='urn:xmpp:sid:0' id='1'/><stanza-id xmlns='urn:xmpp:sid:0' by='a' id='s'/>
     <delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/><custom xmlns='urn:own'>kept</custom>`,
  )
  const corrected = correctedMessage(sent.element, { id: '2', body: 'c' })
  expect(corrected.attributes).toMatchObject({ to: 'juliet@x', id: '2', type: 'chat' })
  expect(corrected.attribute('from')).toBeUndefined()
  expect(corrected.elements().map(({ name }) => name)).toEqual(['body', 'thread', 'markable', 'custom', 'replace'])
})

test('§4: "MUST NOT include a correction for a message with non-messaging payloads"', () => {
  expect(() => correctedMessage(parse("id='1'", "<x xmlns='urn:own'/>").element, good)).toThrow(RangeError)
  expect(() => correctedMessage(parse('', '<body>a</body>').element, good)).toThrow(RangeError)
})

describe('§4: "MUST only be allowed when both … originate from the same sender"', () => {
  const pair = (one: string, other: string, more = ['', '']) =>
    [
      parse(`${one} id='1'`, `<body>a</body>${more[0]}`),
      parse(`${other} id='2'`, `<body>b</body>${replaceElement({ id: '1' })}${more[1]}`),
    ] as const
  const occupant = (id: string) => `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='${id}'/>`
  test.each([
    [
      'between two, "the bare-JID must match"',
      pair("from='romeo@x/a' type='chat'", "from='romeo@x/b' type='chat'"),
      true,
    ],
    ['somebody else', pair("from='romeo@x/a' type='chat'", "from='iago@x/a' type='chat'"), false],
    [
      '"MUST NOT be used to turn a chat message into" another',
      pair("from='romeo@x/a' type='chat'", "from='romeo@x/a' type='headline'"),
      false,
    ],
    ['in a room, "full-JID must match"', pair("from='c@x/w' type='groupchat'", "from='c@x/w' type='groupchat'"), true],
    ['in a room, another nickname', pair("from='c@x/w' type='groupchat'", "from='c@x/v' type='groupchat'"), false],
    [
      'in a room, another nickname of the same occupant',
      pair("from='c@x/w' type='groupchat'", "from='c@x/v' type='groupchat'", [occupant('o'), occupant('o')]),
      false,
    ],
    [
      'in a room, "that the real bare JID … didn\'t change": another occupant',
      pair("from='c@x/w' type='groupchat'", "from='c@x/w' type='groupchat'", [occupant('o'), occupant('p')]),
      false,
    ],
  ])('%s', (_, [original, correction], expected) => {
    expect(isCorrectedBy(original, correction)).toBe(expected)
  })

  test('another message; itself; an error', () => {
    const [original, correction] = pair("from='romeo@x/a'", "from='romeo@x/a'")
    expect(isCorrectedBy(new Message(original.element.withAttributes({ id: '9' })), correction)).toBe(false)
    const itself = new Message(correction.element.withAttributes({ id: '1' }))
    expect(isCorrectedBy(itself, itself)).toBe(false)
    expect(readCorrection(correction.element.withAttributes({ type: 'error' }))).toBeUndefined()
  })
})

describe('the client', () => {
  const open = async () => {
    const accounts = ['romeo@example.com', 'juliet@example.com', 'iago@example.com']
    const scene = await Scene.open([carbonsServer], { accounts })
    const romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.client('juliet@example.com/balcony')
    const heard: string[] = []
    const listen = (client: typeof romeo) =>
      client
        .use(messageCorrectionClient)
        .onCorrection(({ id, original, message: now }) => heard.push(`${id}: ${original?.body} → ${now.body}`))
    listen(juliet)
    const sent = message({ to: 'juliet@example.com/balcony', type: 'chat', id: 'm1', body: 'airlock' })
    return { scene, romeo, juliet, heard, sent, listen }
  }

  test('a correction, and a correction of that', async () => {
    const { romeo, heard, sent } = await open()
    await romeo.send(sent)
    const first = await romeo.use(messageCorrectionClient).correct(sent, 'windows')
    await romeo.use(messageCorrectionClient).correct(first, 'window')
    await settled()
    expect(heard).toEqual(['m1: airlock → windows', 'm1: airlock → window'])
  })

  test('by the other one of two: not told; of a message that nobody remembers: told without it', async () => {
    const { scene, romeo, juliet, heard, sent } = await open()
    await juliet.send(message({ to: romeo.jid, type: 'chat', id: 'j1', body: "Juliet's" }))
    await romeo.send(
      message({ to: juliet.jid, type: 'chat', id: 'x', body: 'forged', children: [replaceElement({ id: 'j1' })] }),
    )
    const iago = await scene.connect('iago@example.com/street')
    await romeo.send(sent)
    await iago.send(
      message({ to: juliet.jid, type: 'chat', id: 'x', body: 'forged', children: [replaceElement({ id: 'm1' })] }),
    )
    await settled()
    expect(heard).toEqual(['m1: undefined → forged'])
  })

  test('of the account itself, by another of its clients', async () => {
    const { scene, romeo, sent, heard, listen } = await open()
    await using street = await scene.client('romeo@example.com/street')
    await street.use(carbonsClient).enable()
    listen(street)
    await romeo.send(sent)
    await romeo.use(messageCorrectionClient).correct(sent, 'window')
    await settled()
    expect(heard).toEqual(Array(2).fill('m1: airlock → window'))
  })
})
