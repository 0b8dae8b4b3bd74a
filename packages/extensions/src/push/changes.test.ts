import { message } from '@parlour/stanza'
import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, test } from 'vitest'
import { carbonsServer } from '../carbons/server.ts'
import { correctedMessage } from '../message-correction/wire.ts'
import { retractionMessage } from '../message-retraction/wire.ts'
import { JULIET, openPush, ROMEO } from './push.fixture.ts'

const original = message({ to: JULIET, type: 'chat', id: 'm-secret', body: 'secret' })
const correction = (id: string, body: string) => correctedMessage(original, { id, body })
const retraction = retractionMessage({ id: 'r', to: JULIET, type: 'chat', of: 'm-secret', text: 'taken back' })
const marker = (id: string) =>
  `<message to='${ROMEO}'><displayed xmlns='urn:xmpp:chat-markers:0' id='${id}'/></message>`

async function openWithBodies() {
  const storage = createMemoryStorage()
  await storage.commit([{ type: 'put', store: 'push/registrations', owner: JULIET, key: '/content', value: 'body' }])
  return openPush({ content: 'body' }, storage, [carbonsServer])
}

describe('a message that only changes one that is unread', () => {
  test('XEP-0308: nobody is woken, nothing more is unread; what is told then is what it says now', async () => {
    const { service, away, romeo, chat, advance } = await openWithBodies()
    await away()
    await chat('first')
    await advance(1000)
    service.answer = 'silence'
    await romeo.send(original)
    await romeo.send(correction('c1', 'corrected'))
    await romeo.send(correction('c2', 'corrected again'))
    service.answer = 'result'
    await advance(60_000)
    await advance(60_000)
    expect(service.take().map(({ summary }) => [summary.messageCount, summary.lastMessageBody])).toEqual([
      [1, 'first'],
      [2, 'secret'],
      [2, 'corrected again'],
    ])
  })

  test.each(['m-secret', 'c1', 'c2'])(
    'XEP-0333: it is displayed by any of its ids, also after a restart: %s',
    async (id) => {
      const { service, away, romeo, storage } = await openPush()
      await away()
      await romeo.send(original)
      await romeo.send(correction('c1', 'corrected'))
      await romeo.send(correction('c2', 'corrected again'))
      expect([service.counts(), await storage.countArchive('push/unread', JULIET)]).toEqual([[1], 1])
      const again = await openPush({}, storage)
      await again.advance(60_000)
      const desk = await again.scene.online(`${JULIET}/desk`)
      await again.chat('another')
      await desk.send(marker(id))
      expect(await storage.countArchive('push/unread', JULIET)).toBe(1)
    },
  )

  test('XEP-0424: what is taken back is not unread, and is told no more', async () => {
    const { service, away, romeo, chat, advance, storage } = await openWithBodies()
    await away()
    await chat('first')
    service.take()
    service.answer = 'service-unavailable'
    await advance(1000)
    await romeo.send(original)
    await romeo.send(retraction)
    expect(service.take().map(({ summary }) => summary.lastMessageBody)).toEqual(['secret'])
    service.answer = 'result'
    await advance(60_000)
    expect(service.take().map(({ summary }) => summary)).toEqual([{ messageCount: 1 }])
    expect(await storage.countArchive('push/unread', JULIET)).toBe(1)
  })

  test('XEP-0308 §4: what somebody else calls by the id of one that is unread corrects nothing, and takes nothing back', async () => {
    const { scene, service, away, romeo, advance, storage } = await openPush()
    await away()
    await romeo.send(original)
    await advance(1000)
    const from = 'nurse@example.net/attic'
    const arrive = async (element: ReturnType<typeof correction>) => {
      await scene.kernel.router.send(element.withAttributes({ from }))
      await advance(60_000)
    }
    await arrive(retraction)
    expect(await storage.countArchive('push/unread', JULIET)).toBe(1)
    await arrive(correction('c1', 'a message of the nurse'))
    expect([service.counts(), await storage.countArchive('push/unread', JULIET)]).toEqual([[1, 2], 2])
  })

  test('of what is not unread, a correction is a message like others', async () => {
    const { service, away, romeo, advance } = await openWithBodies()
    await away()
    await romeo.send(correction('c1', 'of something long ago'))
    await advance(1000)
    await romeo.send(original)
    await advance(1000)
    expect(service.counts()).toEqual([1, 2])
  })
})

test('an id that is too long is not kept', async () => {
  const { scene, service, away, romeo } = await openPush()
  await away()
  await romeo.send(message({ to: JULIET, type: 'chat', id: 'x'.repeat(257), body: 'long' }))
  await romeo.send(message({ to: JULIET, type: 'chat', id: 'x'.repeat(256), body: 'short' }))
  expect(service.counts()).toEqual([1])
  const { entries } = await scene.storage.readArchive('push/unread', JULIET, { max: 9 })
  expect(entries.map(({ value }) => (value as string).length)).toEqual([0, 256])
})

test('XEP-0357 §9: what may not be told when it comes is not told later, either', async () => {
  const { scene, service, away, romeo, advance } = await openPush({ content: 'body' })
  await away()
  service.answer = 'service-unavailable'
  await romeo.send(message({ to: JULIET, type: 'chat', id: 'm', body: 'secret' }))
  service.take()
  const phone = await scene.connect(`${JULIET}/other`)
  const command = (more: string, form = '') =>
    `<iq type='set' id='c' to='example.com'><command xmlns='http://jabber.org/protocol/commands' node='urn:parlour:push#content' ${more}>${form}</command></iq>`
  const stage = await phone.request(command("action='execute'"))
  const form = "<x xmlns='jabber:x:data' type='submit'><field var='content'><value>body</value></field></x>"
  await phone.request(command(`sessionid='${stage.elements()[0]?.attribute('sessionid')}'`, form))
  await advance(60_000)
  expect(service.take().map(({ summary }) => [summary.messageCount, summary.lastMessageBody])).toEqual([[1, undefined]])
})
