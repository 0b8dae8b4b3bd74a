import { parseJid } from '@parlour/jid'
import { Message, message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import {
  displayedEvent,
  displayedItemsElement,
  displayedPublication,
  displayedStateElement,
  readDisplayedEvent,
  readDisplayedItems,
  readDisplayedState,
  withoutAssist,
} from './wire.ts'

const JULIET = 'juliet@example.com'
const ROMEO = 'romeo@example.com'
const state = (id: string, conversation = ROMEO, by = JULIET) => ({ conversation, message: { id, by } })

describe('the wire', () => {
  test('XEP-0490 §4.2, example 2: a publication', () => {
    const published = displayedPublication(state('0f710f2b'))
    expect(published.toString()).toContain(
      `<publish node='urn:xmpp:mds:displayed:0'><item id='${ROMEO}'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' id='0f710f2b' by='${JULIET}'/></displayed></item></publish>`,
    )
    for (const option of ['pubsub#access_model', 'whitelist', 'pubsub#max_items', 'pubsub#send_last_published_item'])
      expect(published.toString()).toContain(option)
  })

  test('§4.1: "MUST contain exactly one <stanza-id/>"', () => {
    expect(readDisplayedState(displayedStateElement({ id: '1', by: JULIET }))).toEqual({ id: '1', by: JULIET })
    const two = displayedStateElement({ id: '1', by: JULIET })
    expect(readDisplayedState(two.withChildren([...two.children, ...two.children]))).toBeUndefined()
    expect(readDisplayedState(undefined)).toBeUndefined()
  })

  test('§4.4: items; what is not readable is passed over', () => {
    expect(readDisplayedItems(displayedItemsElement([state('1'), state('2', 'b@x')]))).toEqual([
      state('1'),
      state('2', 'b@x'),
    ])
    const other =
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:other'><item id='a'/></items></pubsub>"
    expect(readDisplayedItems(parseXml(other))).toEqual([])
  })

  test('an event counts only from the account itself', () => {
    const event = (from: string) => new Message(displayedEvent(state('1'), from, `${JULIET}/b`, 'e'))
    expect(readDisplayedEvent(event(JULIET), parseJid(`${JULIET}/b`))).toEqual([state('1')])
    for (const from of [ROMEO, `${JULIET}/c`, 'example.com'])
      expect(readDisplayedEvent(event(from), parseJid(`${JULIET}/b`))).toEqual([])
  })

  test('a message without it is the same object', () => {
    const plain = message({ to: ROMEO, body: 'x' })
    expect(withoutAssist(plain)).toBe(plain)
  })
})
