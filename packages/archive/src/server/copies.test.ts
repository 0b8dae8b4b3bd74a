import { carbonsServer } from '@parlour/extensions/carbons/server'
import type { Element } from '@parlour/xml'
import { expect, test } from 'vitest'
import { chat, type Device, JULIET, ROMEO, Scene, stanzaIn } from '../scene.fixture.ts'

const ENABLE = "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>"
const CARBONS = 'urn:xmpp:carbons:2'

async function open() {
  const scene = await Scene.open({}, undefined, [carbonsServer])
  const { romeo, juliet } = await scene.both()
  const other = await scene.online(`${ROMEO}/street`)
  await other.ask(ENABLE)
  for (const device of [romeo, juliet]) device.take()
  return { scene, romeo, juliet, other }
}

/** The ids on the only message that a device got, or on the copy in it, by who gave them. */
function idsOn(device: Device, direction?: 'sent' | 'received'): Record<string, string | undefined> {
  const [got] = device.take().filter(({ name }) => name === 'message')
  const message = direction ? stanzaIn(got?.child(direction, CARBONS) as Element) : (got as Element)
  return Object.fromEntries(
    message
      .childrenNamed('stanza-id', 'urn:xmpp:sid:0')
      .map((element) => [element.attribute('by') ?? '', element.attribute('id')]),
  )
}

test('XEP-0313 §3.5: "the element as a child of the forwarded message" for the other devices of the sender', async () => {
  const { romeo, juliet, other } = await open()
  await romeo.send(chat(JULIET, 'sent'))
  const [copy, original] = [idsOn(other, 'sent'), idsOn(juliet)]
  const [his, hers] = [await other.query(), await juliet.query()]
  expect(copy).toEqual({ [ROMEO]: his.ids[0] })
  expect(original).toEqual({ [JULIET]: hers.ids[0] })
  expect(copy[ROMEO]).not.toBe(original[JULIET])
})

test('§3.5: "MUST NOT include the element in messages addressed to" others: only the copy has it', async () => {
  const { romeo, other, scene } = await open()
  const third = await scene.online(`${ROMEO}/third`)
  await third.ask(ENABLE)
  await romeo.send(chat('nurse@example.net', 'far'))
  const [one, two] = [idsOn(other, 'sent'), idsOn(third, 'sent')]
  expect(one).toEqual({ [ROMEO]: (await other.query()).ids[0] })
  expect(two).toEqual(one)
})

test('what is received, or sent to oneself, bears the id of the archive in the copy too', async () => {
  const { romeo, juliet, other } = await open()
  await juliet.send(chat(`${ROMEO}/orchard`, 'received'))
  const received = idsOn(other, 'received')
  await romeo.send(chat(`${ROMEO}/orchard`, 'note'))
  const note = idsOn(other, 'sent')
  expect([received[ROMEO], note[ROMEO]]).toEqual((await other.query()).ids)
})

test('what the sender forges is not believed, and what is not archived has none', async () => {
  const { romeo, other } = await open()
  await romeo.send(chat(JULIET, 'forged', `<stanza-id xmlns='urn:xmpp:sid:0' by='${ROMEO}' id='forged'/>`))
  expect(idsOn(other, 'sent')).toEqual({ [ROMEO]: (await other.query()).ids[0] })
  await romeo.send(chat(JULIET, 'unkept', "<no-permanent-store xmlns='urn:xmpp:hints'/>"))
  expect(idsOn(other, 'sent')).toEqual({})
})
