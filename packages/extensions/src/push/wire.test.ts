import { parseJid } from '@parlour/jid'
import { Message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { importanceOf, isEncrypted } from './important.ts'
import {
  disablePushElement,
  enablePushElement,
  pushPublication,
  readEnablePush,
  readPushEnd,
  readPushPublication,
  readPushTarget,
} from './wire.ts'

const service = parseJid('push-5.client.example')
const FORM =
  "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='secret'><value>eruio234vzxc2kla-91</value></field></x>"

test('XEP-0357 §5, examples 9 and 10: enabling', () => {
  const options = parseXml(FORM)
  const enabling = enablePushElement({ jid: service, node: 'yxs32uqsflafdk3iuqo', options })
  expect(enabling.toString()).toBe(
    `<enable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='yxs32uqsflafdk3iuqo'>${FORM}</enable>`,
  )
  const read = readEnablePush(enabling)
  expect([read.jid.toString(), read.node, read.options?.toString()]).toEqual([
    'push-5.client.example',
    'yxs32uqsflafdk3iuqo',
    FORM,
  ])
})

test('§6: disabling a service, and a node', () => {
  expect(disablePushElement({ jid: service }).toString()).toBe(
    "<disable xmlns='urn:xmpp:push:0' jid='push-5.client.example'/>",
  )
  expect(readPushTarget(disablePushElement({ jid: service, node: 'n' })).node).toBe('n')
})

test.each([
  ['"MUST contain a \'jid\' attribute"', "<enable xmlns='urn:xmpp:push:0' node='n'/>", 'bad-request'],
  ['an address that is none', "<enable xmlns='urn:xmpp:push:0' jid='a@b@c'/>", 'jid-malformed'],
  [
    'another form',
    "<enable xmlns='urn:xmpp:push:0' jid='a'><x xmlns='jabber:x:data' type='submit'/></enable>",
    'bad-request',
  ],
])('%s', (_, text, condition) => {
  expect(() => readEnablePush(parseXml(text))).toThrow(expect.objectContaining({ condition }))
})

test('§7: a notification, with the options of who enabled it', () => {
  const summary = { messageCount: 1, lastMessageSender: 'juliet@capulet.example/balcony', lastMessageBody: 'Wherefore' }
  const published = pushPublication('n', summary, parseXml(FORM))
  expect(readPushPublication(published)).toMatchObject({ node: 'n', summary })
  expect(readPushPublication(published)?.options?.toString()).toBe(FORM)
  expect(pushPublication('n', { messageCount: 2 }).toString()).toBe(
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item><notification xmlns='urn:xmpp:push:0'>" +
      "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:push:summary</value></field>" +
      "<field var='message-count'><value>2</value></field></x></notification></item></publish></pubsub>",
  )
  expect(readPushPublication(parseXml("<pubsub xmlns='http://jabber.org/protocol/pubsub'/>"))).toBeUndefined()
  expect(readPushPublication(pushPublication(undefined, {}))).toEqual({ summary: {} })
})

test('§8: a service that wants no more', () => {
  const end = (affiliation: string) =>
    parseXml(
      `<message xmlns='jabber:client'><pubsub xmlns='http://jabber.org/protocol/pubsub' node='n'><affiliation jid='a@x' affiliation='${affiliation}'/></pubsub></message>`,
    )
  expect([readPushEnd(end('none')), readPushEnd(end('publisher'))]).toEqual([{ node: 'n' }, undefined])
})

describe('which messages are worth a notification', () => {
  const body = '<body>x</body>'
  test.each([
    ['a text', 'chat', body, 'message'],
    ['a text of a room', 'groupchat', body, 'message'],
    ['a headline', 'headline', body, undefined],
    ['an error', 'error', body, undefined],
    ['an empty text', 'chat', '<body/>', undefined],
    ['a chat state (XEP-0085)', 'chat', "<composing xmlns='http://jabber.org/protocol/chatstates'/>", undefined],
    ['a receipt (XEP-0184)', 'chat', "<received xmlns='urn:xmpp:receipts' id='1'/>", undefined],
    ['a marker (XEP-0333)', 'chat', "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", undefined],
    ['OMEMO (XEP-0384)', 'chat', "<encrypted xmlns='eu.siacs.conversations.axolotl'><payload/></encrypted>", 'message'],
    ['OMEMO keys only', 'chat', "<encrypted xmlns='eu.siacs.conversations.axolotl'><header/></encrypted>", undefined],
    ['OMEMO 0.8', 'chat', "<encrypted xmlns='urn:xmpp:omemo:2'/>", 'message'],
    ['OpenPGP (XEP-0373)', 'chat', "<openpgp xmlns='urn:xmpp:openpgp:0'>…</openpgp>", 'message'],
    ['a call (XEP-0353)', 'chat', "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>", 'call'],
    ['the end of a call', 'chat', "<retract xmlns='urn:xmpp:jingle-message:0' id='1'/>", undefined],
    [
      'an invitation (XEP-0045)',
      'normal',
      "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@x'/></x>",
      'message',
    ],
    ['an invitation (XEP-0249)', 'normal', "<x xmlns='jabber:x:conference' jid='r@x'/>", 'message'],
    [
      'reactions with a text for others (XEP-0428)',
      'chat',
      `${body}<reactions xmlns='urn:xmpp:reactions:0' id='1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'/>`,
      undefined,
    ],
    [
      'a retraction (XEP-0424)',
      'chat',
      `${body}<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>`,
      undefined,
    ],
    ['a reply (XEP-0461)', 'chat', `${body}<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'/>`, 'message'],
  ])('%s', (_, type, content, expected) => {
    const message = new Message(parseXml(`<message xmlns='jabber:client' type='${type}'>${content}</message>`))
    expect(importanceOf(message)).toBe(expected)
  })

  test('a text beside what is encrypted is not the text', () => {
    const parse = (content: string) => new Message(parseXml(`<message xmlns='jabber:client'>${content}</message>`))
    expect(isEncrypted(parse(`${body}<encrypted xmlns='urn:xmpp:omemo:2'/>`))).toBe(true)
    expect(isEncrypted(parse(body))).toBe(false)
  })
})
