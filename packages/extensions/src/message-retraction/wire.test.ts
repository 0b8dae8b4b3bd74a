import { Message, type MessageType } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import {
  isCorrectionRetractedBy,
  isRetractedBy,
  mayBeRetractedBy,
  readRetracted,
  readRetraction,
  retractableId,
  retractionMessage,
  tombstone,
} from './wire.ts'

const parse = (text: string) => new Message(parseXml(text.replace('<message', "<message xmlns='jabber:client'")))
const wrong = (from: string, type: MessageType = 'chat', more = '') =>
  parse(
    `<message type='${type}' from='${from}' to='lord@capulet.example' id='wrong-recipient-1'>
       <body>Have not saints lips, and holy palmers too?</body>${more}</message>`,
  )
const request = (from: string, type: MessageType = 'chat', of = 'wrong-recipient-1', more = '') =>
  parse(
    `<message type='${type}' from='${from}' to='lord@capulet.example' id='retract-message-1'>
       <retract id='${of}' xmlns='urn:xmpp:message-retract:1'/>${more}</message>`,
  )

test('XEP-0424 §3, example 4: what the client sends', () => {
  const built = retractionMessage({
    id: 'retract-message-1',
    to: 'lord@capulet.example',
    type: 'chat',
    of: 'wrong-recipient-1',
  })
  expect(built.toString()).toBe(
    "<message xmlns='jabber:client' to='lord@capulet.example' id='retract-message-1' type='chat'>" +
      "<body>/me retracted a previous message, but it's unsupported by your client.</body>" +
      "<retract xmlns='urn:xmpp:message-retract:1' id='wrong-recipient-1'/>" +
      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><store xmlns='urn:xmpp:hints'/></message>",
  )
  expect(readRetraction(built)).toEqual({ id: 'wrong-recipient-1' })
})

test('nothing is retracted by an error, or without an id', () => {
  expect(readRetraction(request('a@x', 'error').element)).toBeUndefined()
  expect(readRetraction(request('a@x', 'chat', '').element)).toBeUndefined()
  expect(readRetraction(wrong('a@x').element)).toBeUndefined()
})

test('XEP-0424 §4, example 7: a tombstone has the addresses and ids, and nothing of the contents', () => {
  const original = wrong(
    'romeo@montague.example',
    'groupchat',
    `<subject>s</subject><thread>t</thread><body xml:lang='cs'>x</body><reply xmlns='urn:xmpp:reply:0' id='z'/>
     <stanza-id xmlns='urn:xmpp:sid:0' id='s1' by='lord@capulet.example'/>
     <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/><x xmlns='jabber:x:oob'><url>https://secret.example</url></x>`,
  )
  const stone = tombstone(original.element, { id: 'retract-message-1', stamp: Date.parse('2019-09-20T23:09:32Z') })
  expect(stone.toString()).toBe(
    "<message xmlns='jabber:client' type='groupchat' from='romeo@montague.example' to='lord@capulet.example' id='wrong-recipient-1'>" +
      "<stanza-id xmlns='urn:xmpp:sid:0' id='s1' by='lord@capulet.example'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/>" +
      "<retracted xmlns='urn:xmpp:message-retract:1' id='retract-message-1' stamp='2019-09-20T23:09:32.000Z'/></message>",
  )
  expect(readRetracted(stone)).toEqual({ id: 'retract-message-1', stamp: Date.parse('2019-09-20T23:09:32Z') })
  expect(readRetracted(original.element)).toBeUndefined()
})

describe('XEP-0424 §5: "MUST only be processed when both … are received from the same bare-JID … or full-JID"', () => {
  const inRoom = (nickname: string, id: string, occupant?: string) =>
    wrong(
      `coven@chat.example/${nickname}`,
      'groupchat',
      `<stanza-id xmlns='urn:xmpp:sid:0' by='coven@chat.example' id='${id}'/>` +
        (occupant ? `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='${occupant}'/>` : ''),
    )
  const roomRequest = (nickname: string, of: string, occupant?: string) =>
    request(
      `coven@chat.example/${nickname}`,
      'groupchat',
      of,
      occupant ? `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='${occupant}'/>` : '',
    )

  test.each([
    ['another device of the author', wrong('romeo@x/a'), request('romeo@x/b'), true],
    ['somebody else', wrong('romeo@x/a'), request('iago@x/a'), false],
    ['another message', wrong('romeo@x/a'), request('romeo@x/a', 'chat', 'other'), false],
    ['in a room: the same nickname', inRoom('witch', '7'), roomRequest('witch', '7'), true],
    ['in a room: another nickname', inRoom('witch', '7'), roomRequest('hag', '7'), false],
    [
      'in a room: the same occupant id by another nickname',
      inRoom('witch', '7', 'o'),
      roomRequest('hag', '7', 'o'),
      true,
    ],
    [
      'in a room: another occupant by the same nickname',
      inRoom('witch', '7', 'o'),
      roomRequest('witch', '7', 'p'),
      false,
    ],
    ['in a room: an occupant id on one side only', inRoom('witch', '7', 'o'), roomRequest('witch', '7'), false],
    ['§5.1: in a room by the attribute id', inRoom('witch', '7'), roomRequest('witch', 'wrong-recipient-1'), false],
  ])('%s', (_, original, retraction, expected) => {
    expect(isRetractedBy(original, retraction)).toBe(expected)
  })

  test('§5.1: which id', () => {
    expect(retractableId(wrong('romeo@x/a'))).toBe('wrong-recipient-1')
    expect(retractableId(inRoom('witch', '7'))).toBe('7')
    expect(retractableId(wrong('coven@chat.example/witch', 'groupchat'))).toBeUndefined()
    const byOrigin = wrong('coven@chat.example/witch', 'groupchat', "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>")
    expect(retractableId(byOrigin)).toBe('o')
  })

  test('a private message of an occupant: the full JID counts', () => {
    const mark = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
    const original = wrong('coven@chat.example/witch', 'chat', mark)
    expect(isRetractedBy(original, request('coven@chat.example/witch', 'chat', undefined, mark))).toBe(true)
    expect(isRetractedBy(original, request('coven@chat.example/hag', 'chat', undefined, mark))).toBe(false)
  })
})

test('a correction (XEP-0308) of what is retracted goes with it, if both are of the same author, and not in a room', () => {
  const correction = (of: string, from = 'romeo@montague.example/x', type: MessageType = 'chat') =>
    parse(
      `<message type='${type}' from='${from}' id='c'><body/><replace xmlns='urn:xmpp:message-correct:0' id='${of}'/></message>`,
    )
  const by = (from: string, type: MessageType = 'chat') => request(from, type)
  const romeo = by('romeo@montague.example/y')
  expect(isCorrectionRetractedBy(correction('wrong-recipient-1'), romeo)).toBe(true)
  expect(isCorrectionRetractedBy(correction('other'), romeo)).toBe(false)
  expect(isCorrectionRetractedBy(correction('wrong-recipient-1'), by('iago@venice.example/z'))).toBe(false)
  const room = 'room@rooms.example/romeo'
  expect(isCorrectionRetractedBy(correction('wrong-recipient-1', room, 'groupchat'), by(room, 'groupchat'))).toBe(false)
  const left = tombstone(correction('wrong-recipient-1').element, { id: 'r' })
  expect(left.elements().map(({ name }) => name)).toEqual(['replace', 'retracted'])
})

describe('which messages are worth being read', () => {
  const retracts = request('romeo@montague.example/orchard', 'chat', 'a&lt;&apos;1')
  const stored = (from: string, id: string, content: string) =>
    `<message from='${from}' id='${id}' type='chat'>${content}</message>`
  test.each([
    ['its own', stored('romeo@montague.example/home', 'a&lt;&apos;1', '<body>x</body>'), true],
    ['without content', "<message from='romeo@montague.example/home' id='a&lt;&apos;1'/>", true],
    ['of the bare address', stored('Romeo@montague.example', 'a&lt;&apos;1', ''), true],
    [
      'a correction',
      stored('romeo@montague.example/a', 'c', "<replace xmlns='urn:xmpp:message-correct:0' id='a&lt;&apos;1'/>"),
      true,
    ],
    ['with another id', stored('romeo@montague.example/home', 'b', '<body>a&lt;&apos;1</body>'), false],
    ['by somebody else', stored('mercutio@montague.example/home', 'a&lt;&apos;1', '<body>x</body>'), false],
    ['by nobody', "<message id='a&lt;&apos;1'><body>x</body></message>", false],
  ])('%s', (_, text, isWorthIt) => {
    expect(mayBeRetractedBy(text, retracts)).toBe(isWorthIt)
    expect(mayBeRetractedBy(text, parse("<message from='romeo@montague.example'/>"))).toBe(false)
  })
})
