import { Message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { haveSameAuthor, occupantIdElement, readOccupantId } from './wire.ts'

test('XEP-0421 §3: built and read', () => {
  const element = occupantIdElement('dd72603d')
  expect(element.toString()).toBe("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72603d'/>")
  expect(readOccupantId(parseXml(`<presence xmlns='jabber:client'>${element}</presence>`))).toBe('dd72603d')
  expect(readOccupantId(parseXml("<presence xmlns='jabber:client'/>"))).toBeUndefined()
})

test('the room itself is no author; neither is nobody', () => {
  const message = (from: string) =>
    new Message(parseXml(`<message xmlns='jabber:client' type='groupchat' ${from}><body>x</body></message>`))
  expect(haveSameAuthor(message("from='room@x'"), message("from='room@x'"))).toBe(false)
  expect(haveSameAuthor(message(''), message(''))).toBe(false)
})
