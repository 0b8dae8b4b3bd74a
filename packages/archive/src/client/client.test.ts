import type { Client } from '@parlour/client-core'
import { parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { chat, type Device, JULIET, ROMEO, Scene, settled } from '../scene.fixture.ts'
import { archiveClient } from './client.ts'

/** Romeo's client, and what he wrote before: 1 to `count`. */
async function filled(count: number): Promise<{ scene: Scene; client: Client; device: Device }> {
  const scene = await Scene.open()
  const device = await scene.online(`${ROMEO}/garden`)
  for (let n = 1; n <= count; n++) {
    scene.environment.advance(1000)
    await device.send(chat(n % 3 ? JULIET : 'nurse@example.net', `${n}`))
  }
  return { scene, client: await scene.client(`${ROMEO}/orchard`), device }
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function bodies(
  found: AsyncIterable<{ message: { body: string | undefined } }>,
): Promise<(string | undefined)[]> {
  return (await allOf(found)).map(({ message: { body } }) => body)
}

test('all messages, page by page, from either end', async () => {
  const { client } = await filled(7)
  const archive = client.use(archiveClient)
  const pages = await allOf(archive.pages({}, { pageSize: 3 }))
  expect(pages.map(({ messages, isComplete }) => [messages.map(({ message }) => message.body), isComplete])).toEqual([
    [['1', '2', '3'], false],
    [['4', '5', '6'], false],
    [['7'], true],
  ])
  expect(await bodies(archive.messages({}, { pageSize: 3 }))).toEqual(['1', '2', '3', '4', '5', '6', '7'])
  const newest = archive.messages({}, { pageSize: 3, newestFirst: true })
  expect(await bodies(newest)).toEqual(['7', '6', '5', '4', '3', '2', '1'])
})

test('filters, and what a message tells', async () => {
  const { scene, client } = await filled(6)
  const archive = client.use(archiveClient)
  const withNurse = await allOf(archive.messages({ with: parseJid('nurse@example.net') }))
  expect(withNurse.map(({ message }) => [message.to?.toString(), message.body])).toEqual([
    ['nurse@example.net', '3'],
    ['nurse@example.net', '6'],
  ])
  expect(withNurse[1]?.at).toBe(scene.environment.now())
  expect(await bodies(archive.messages({ start: scene.environment.now() - 1000 }))).toEqual(['5', '6'])
  const ids = withNurse.map(({ id }) => id)
  expect(await bodies(archive.messages({ ids }))).toEqual(['3', '6'])
})

test('XEP-0313 §6.3: what has come since the last time; an id that is forgotten is told', async () => {
  const { scene, client, device } = await filled(4)
  const archive = client.use(archiveClient)
  const known = (await allOf(archive.since(undefined, { pageSize: 2 }))).at(-1)?.id
  for (const body of ['5', '6', '7']) await device.send(chat(JULIET, body))
  expect(await bodies(archive.since(known, { pageSize: 2 }))).toEqual(['5', '6', '7'])
  await scene.storage.commit([{ type: 'remove', archive: 'archive/messages', owner: ROMEO, ids: [known as string] }])
  await expect(allOf(archive.since(known))).rejects.toMatchObject({ condition: 'item-not-found' })
})

test('XEP-0431: a search, the newest first', async () => {
  const { client, device } = await filled(2)
  for (const body of ['night one', 'day', 'night two']) await device.send(chat(JULIET, body))
  expect(await bodies(client.use(archiveClient).search('night'))).toEqual(['night two', 'night one'])
})

test('XEP-0313 §5, XEP-0441: extent and preferences', async () => {
  const { scene, client } = await filled(3)
  const archive = client.use(archiveClient)
  const all = await allOf(archive.messages())
  expect(await archive.extent()).toEqual({
    start: { id: all[0]?.id, at: all[0]?.at },
    end: { id: all[2]?.id, at: scene.environment.now() },
  })
  expect(await archive.preferences()).toEqual({ default: 'always', always: [], never: [] })
  const wanted = { default: 'roster' as const, always: [parseJid(JULIET)], never: [] }
  expect(await archive.setPreferences(wanted)).toEqual(wanted)
  expect(await archive.preferences()).toEqual(wanted)
})

test('a refusal comes as a StanzaError, and leaves nothing behind', async () => {
  const { client } = await filled(1)
  const archive = client.use(archiveClient)
  await expect(archive.page({}, {}, { to: JULIET })).rejects.toBeInstanceOf(StanzaError)
  await expect(allOf(archive.messages({ ids: ['nothing'] }))).rejects.toMatchObject({
    condition: 'item-not-found',
  })
  expect(await bodies(archive.messages())).toEqual(['1'])
})

test('XEP-0313 §8.2: results that somebody else sends, or for another query, are not believed', async () => {
  const { scene, client } = await filled(0)
  const juliet = await scene.online(`${JULIET}/balcony`)
  const archive = client.use(archiveClient)
  const forged = (queryId: string) =>
    parseXml(
      `<message xmlns='jabber:client' to='${ROMEO}/orchard'><result xmlns='urn:xmpp:mam:2' queryid='${queryId}' id='f'>` +
        `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${ROMEO}'><body>forged</body></message></forwarded></result></message>`,
    )
  const sent = ['archive-1', 'archive-2', ''].map((queryId) => juliet.send(forged(queryId)))
  const [page] = await Promise.all([archive.page(), ...sent])
  await settled()
  expect(page.messages).toEqual([])
})

test('an address is the same however it is written; an archive that sends more than was asked for is not believed', async () => {
  const { scene, client } = await filled(3)
  const archive = client.use(archiveClient)
  const page = await archive.page({}, { max: 2 }, { to: 'Romeo@Example.com' })
  expect(page.messages.map(({ message }) => message.body)).toEqual(['1', '2'])
  const result = parseXml(
    `<message xmlns='jabber:client' from='${ROMEO}' to='${ROMEO}/orchard'><result xmlns='urn:xmpp:mam:2' queryid='archive-2' id='1'>` +
      "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded></result></message>",
  )
  const asked = archive.page({}, { max: 2 })
  const surplus = scene.kernel.router.send(result)
  await expect(asked).rejects.toMatchObject({ code: 'overflow' })
  await surplus
  expect((await archive.page({}, { max: 2 })).messages).toHaveLength(2)
})
