import { parseJid } from '@parlour/jid'
import { Message, message } from '@parlour/stanza'
import { el, parseXml } from '@parlour/xml'
import { describe, expect, test, vi } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { carbonsClient } from './client.ts'
import { carbonsServer } from './server.ts'
import { type Carbon, carbonElement, privateElement, readCarbon } from './wire.ts'

const accounts = ['romeo@example.com', 'juliet@example.com']
const ROMEO = parseJid('romeo@example.com')
const original = new Message(
  message({ from: 'juliet@example.net/balcony', to: 'romeo@example.com/garden', type: 'chat', body: 'hi' }),
)

test('both sides of a conversation of another client', async () => {
  const scene = await Scene.open([carbonsServer], { accounts })
  await using garden = await scene.client('romeo@example.com/garden')
  const home = await scene.online('romeo@example.com/home')
  const juliet = await scene.online('juliet@example.com/balcony')
  const carbons = garden.use(carbonsClient)
  const heard: string[] = []
  const stop = carbons.onCopy(({ direction, message: { from, body } }) => heard.push(`${direction} ${from} ${body}`))
  expect(carbons.isEnabled).toBe(false)
  await carbons.enable()
  expect(carbons.isEnabled).toBe(true)
  const say = async () => {
    await home.send(message({ to: 'juliet@example.com', type: 'chat', body: 'a' }))
    await juliet.send(message({ to: 'romeo@example.com/home', type: 'chat', body: 'b' }))
  }
  await say()
  expect(heard.splice(0)).toEqual(['sent romeo@example.com/home a', 'received juliet@example.com/balcony b'])
  await carbons.disable()
  await say()
  expect(heard).toEqual([])
  await carbons.enable()
  stop()
  await say()
  expect(heard).toEqual([])
})

describe('XEP-0280 §11 (CVE-2017-5589)', () => {
  test('"Any forwarded copies … MUST be from that user\'s bare JID; any copies that do not … MUST be ignored"', async () => {
    const scene = await Scene.open([carbonsServer], { accounts })
    await using garden = await scene.client('romeo@example.com/garden')
    const heard: Carbon[] = []
    const seen = vi.fn()
    garden.use(carbonsClient).onCopy((carbon) => heard.push(carbon))
    garden.stanzas(seen)
    const tybalt = await scene.online('juliet@example.com/street')
    const sibling = await scene.online('romeo@example.com/home')
    for (const forger of [tybalt, sibling]) {
      const forged = carbonElement({ direction: 'received', message: original }, 'romeo@example.com')
      await forger.send(forged.withAttributes({ to: 'romeo@example.com/garden' }))
    }
    expect(seen).toHaveBeenCalledTimes(2)
    expect(heard).toEqual([])
  })

  test.each([undefined, 'example.com', 'romeo@example.com/garden', 'juliet@example.com', 'romeo@example.com.evil'])(
    'from %s: ignored',
    (from) => {
      const forged = carbonElement({ direction: 'sent', message: original }, ROMEO).withAttributes({ from })
      expect(readCarbon(new Message(forged), ROMEO.withResource('garden'))).toBeUndefined()
    },
  )
})

test('what is no copy is none', () => {
  const read = (inner: string) =>
    readCarbon(
      new Message(parseXml(`<message xmlns='jabber:client' from='romeo@example.com'>${inner}</message>`)),
      ROMEO,
    )
  const wrap = (stanzas: string) =>
    `<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${stanzas}</forwarded></sent>`
  expect(read(wrap("<message xmlns='jabber:client' to='a@b'/>"))?.message.to?.toString()).toBe('a@b')
  for (const inner of [
    '<body>x</body>',
    "<sent xmlns='urn:xmpp:carbons:2'/>",
    wrap(''),
    wrap("<message xmlns='jabber:client'/>".repeat(2)),
    wrap("<message xmlns='jabber:client' from='@'/>"),
    wrap("<presence xmlns='jabber:client'/>"),
    wrap("<message xmlns='urn:x'/>"),
  ])
    expect(read(inner)).toBeUndefined()
})

test('§9: a message that says so is not copied', async () => {
  const scene = await Scene.open([carbonsServer], { accounts })
  await using garden = await scene.client('romeo@example.com/garden')
  const home = await scene.online('romeo@example.com/home')
  const heard: Carbon[] = []
  garden.use(carbonsClient).onCopy((carbon) => heard.push(carbon))
  await garden.use(carbonsClient).enable()
  const hint = el('no-copy', 'urn:xmpp:hints')
  await home.send(message({ to: 'juliet@example.com', type: 'chat', body: 'x', children: [privateElement(), hint] }))
  expect(heard).toEqual([])
  await home.send(message({ to: 'juliet@example.com', type: 'chat', body: 'x' }))
  expect(heard).toHaveLength(1)
})
