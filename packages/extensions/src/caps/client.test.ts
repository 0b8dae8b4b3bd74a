import { presence } from '@parlour/stanza'
import { expect, test } from 'vitest'
import { discoClient } from '../disco/client.ts'
import { discoServer } from '../disco/server.ts'
import { pingClient } from '../ping/client.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { capsClient, capsClientWith } from './client.ts'
import { capsElement, readCaps } from './wire.ts'

const accounts = ['romeo@example.com']
const count = (list: readonly string[], name: string) => list.filter((each) => each === name).length

test('XEP-0115 §6.1: every presence has the capabilities; §6.2: others learn them, once for a hash', async () => {
  const scene = await Scene.open([discoServer], { accounts })
  await using romeo = await scene.client('romeo@example.com/orchard')
  await using street = await scene.client('romeo@example.com/street')
  await using balcony = await scene.client('romeo@example.com/balcony')
  const caps = romeo.use(capsClient)
  const asked: string[] = []
  for (const other of [street, balcony]) {
    other.use(capsClient)
    other.use(pingClient)
    other.stanzas((stanza) => void asked.push(stanza.kind === 'iq' ? stanza.type : 'other'))
  }
  for (const each of [romeo, street, balcony]) await each.send(presence())
  await settled()
  const [first, again] = await Promise.all([caps.of(street.jid), caps.of(street.jid)])
  expect(first?.features).toContain('urn:xmpp:ping')
  expect(again).toBe(first)
  expect(await caps.of(balcony.jid)).toBe(first)
  expect(count(asked, 'get')).toBe(1)
  expect(await caps.of('romeo@example.com/nobody')).toBeUndefined()
})

test('XEP-0115 §5.4: what does not verify "MUST NOT globally cache": it holds for its sender only', async () => {
  const scene = await Scene.open([discoServer], { accounts })
  await using romeo = await scene.client('romeo@example.com/orchard')
  await using liar = await scene.client('romeo@example.com/liar')
  await using honest = await scene.client('romeo@example.com/honest')
  const caps = romeo.use(capsClient)
  honest.use(capsClient)
  const claimed = honest.use(capsClient).own()
  const disco = liar.use(discoClient)
  disco.addNodes(() => ({ identities: [], features: ['urn:false'], extensions: [] }))
  await romeo.send(presence())
  await liar.send(presence({ children: [capsElement(claimed)] }))
  await honest.send(presence())
  await settled()
  expect((await caps.of(liar.jid))?.features).toEqual(['urn:false'])
  expect((await caps.of(honest.jid))?.features).toContain('http://jabber.org/protocol/caps')
})

test('XEP-0115 §6.1: "If the supported features change …, the application MUST recompute the verification string"', async () => {
  const scene = await Scene.open([], { accounts })
  await using romeo = await scene.client('romeo@example.com/orchard')
  const street = await scene.online('romeo@example.com/street')
  street.take()
  romeo.use(capsClientWith({ node: 'urn:example' }))
  const ver = async () => {
    await romeo.send(presence())
    await settled()
    return readCaps(street.take().at(-1) ?? capsElement({ hash: '', node: '', ver: '' }))?.ver
  }
  const before = await ver()
  romeo.use(pingClient)
  const after = await ver()
  expect(before).toBeDefined()
  expect(after).not.toBe(before)
})
