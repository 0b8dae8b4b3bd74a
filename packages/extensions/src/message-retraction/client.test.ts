import { Message, message } from '@parlour/stanza'
import { expect, test } from 'vitest'
import { carbonsClient } from '../carbons/client.ts'
import { carbonsServer } from '../carbons/server.ts'
import { correctedMessage } from '../message-correction/wire.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { messageRetractionClient } from './client.ts'
import { retractionMessage } from './wire.ts'

const open = async () => {
  const accounts = ['romeo@example.com', 'juliet@example.com', 'iago@example.com']
  const scene = await Scene.open([carbonsServer], { accounts })
  const romeo = await scene.client('romeo@example.com/orchard')
  const juliet = await scene.client('juliet@example.com/balcony')
  const heard: string[] = []
  const listen = (client: typeof romeo) =>
    client.use(messageRetractionClient).onRetraction(({ id, original }) => heard.push(`${id}: ${original?.body}`))
  listen(juliet)
  const sent = message({ to: 'juliet@example.com/balcony', type: 'chat', id: 'm1', body: 'wrong recipient' })
  await romeo.send(sent)
  await settled()
  return { scene, romeo, juliet, heard, sent, listen }
}

test('XEP-0424 §3: the author retracts; §5: "MUST only be processed when … from the same bare-JID"', async () => {
  const { romeo, heard, sent } = await open()
  expect(await romeo.use(messageRetractionClient).retract(new Message(sent))).toMatch(/^[0-9a-f]{32}$/)
  await settled()
  expect(heard).toEqual(['m1: wrong recipient'])
})

test('of a correction (XEP-0308), the message as it was first sent is retracted: that is what others know', async () => {
  const { romeo, heard, sent } = await open()
  const corrected = correctedMessage(sent, { id: 'c1', body: 'still the wrong recipient' })
  await romeo.send(corrected)
  await romeo.use(messageRetractionClient).retract(new Message(corrected))
  await settled()
  expect(heard).toEqual(['m1: wrong recipient'])
})

test('the other one of two: not told; of a message that nobody remembers: told without it', async () => {
  const { scene, romeo, juliet, heard } = await open()
  const iago = await scene.connect('iago@example.com/street')
  await juliet.send(message({ to: romeo.jid, type: 'chat', id: 'j1', body: "Juliet's" }))
  await romeo.send(retractionMessage({ id: 'r1', to: juliet.jid, type: 'chat', of: 'j1' }))
  await iago.send(retractionMessage({ id: 'r2', to: juliet.jid, type: 'chat', of: 'm1' }))
  await settled()
  expect(heard).toEqual(['m1: undefined'])
})

test("somebody else's message, and one without an id, cannot be retracted", async () => {
  const { romeo, juliet, sent } = await open()
  const theirs = new Message(sent.withAttributes({ from: romeo.jid.toString() }))
  await expect(juliet.use(messageRetractionClient).retract(theirs)).rejects.toThrow(RangeError)
  const nameless = new Message(sent.withAttributes({ id: undefined }))
  await expect(romeo.use(messageRetractionClient).retract(nameless)).rejects.toThrow(RangeError)
})

test('another client of the account hears of it', async () => {
  const { scene, romeo, heard, listen, sent } = await open()
  await using street = await scene.client('romeo@example.com/street')
  await street.use(carbonsClient).enable()
  listen(street)
  await romeo.use(messageRetractionClient).retract(new Message(sent), { text: 'gone' })
  await settled()
  expect(heard.sort()).toEqual(['m1: undefined', 'm1: wrong recipient'])
})
