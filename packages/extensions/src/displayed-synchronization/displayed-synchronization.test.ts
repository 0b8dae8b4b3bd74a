import { parseJid } from '@parlour/jid'
import { type AnyServerModule, defineServerModule } from '@parlour/server-core'
import { Message, message } from '@parlour/stanza'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsServer } from '../carbons/server.ts'
import { displayedElement } from '../chat-markers/wire.ts'
import { discoServer } from '../disco/server.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { STANZA_IDS_NAMESPACE } from '../stanza-ids/wire.ts'
import { displayedSynchronizationClient } from './client.ts'
import { displayedStates, displayedSynchronizationServer } from './server.ts'
import {
  displayedItemsElement,
  displayedPublication,
  displayedStateElement,
  readDisplayedEvent,
  readDisplayedItems,
} from './wire.ts'

const JULIET = 'juliet@example.com'
const ROMEO = 'romeo@example.com'
const state = (id: string, conversation = ROMEO, by = JULIET) => ({ conversation, message: { id, by } })

/** A module that fails when it is told of a change. */
const faulty = defineServerModule({
  name: 'faulty',
  requires: ['displayed-synchronization'],
  setup: (host) => [
    host.use(displayedStates).onChange(() => {
      throw new Error('faulty')
    }),
  ],
})

async function open(
  settings: Record<string, unknown> = {},
  storage: Storage = createMemoryStorage(),
  more: readonly AnyServerModule[] = [],
) {
  const vouching = {
    name: 'vouching',
    // In place of an archive, which gives ids.
    setup: (host: { discovery: { advertise(...all: string[]): () => void } }) => [
      host.discovery.advertise(STANZA_IDS_NAMESPACE, 'account'),
    ],
  }
  return Scene.open([discoServer, carbonsServer, vouching as never, displayedSynchronizationServer, ...more], {
    accounts: [JULIET, ROMEO],
    storage,
    settings: { 'displayed-synchronization': settings },
  })
}

const iq = (type: 'get' | 'set', payload: { toString(): string }, id = '1') =>
  `<iq type='${type}' id='${id}'>${payload}</iq>`
const condition = (answer: { child(name: string): unknown }) =>
  (answer as ReturnType<typeof parseXml>).child('error')?.elements()[0]?.name

describe('§4.2, §4.4: the node', () => {
  test('holds the latest of each conversation, and outlives the server', async () => {
    const scene = await open()
    const balcony = await scene.connect(`${JULIET}/balcony`)
    for (const each of [state('1'), state('9', 'room@rooms.example', 'room@rooms.example'), state('2')])
      expect((await balcony.request(iq('set', displayedPublication(each)))).attribute('type')).toBe('result')
    const again = await open({}, scene.storage)
    const later = await again.connect(`${JULIET}/garden`)
    const items = (await later.request(iq('get', displayedItemsElement()))).elements()[0]
    expect(items && readDisplayedItems(items)).toEqual([
      state('2'),
      state('9', 'room@rooms.example', 'room@rooms.example'),
    ])
  })

  test('some items, the latest ones, and one taken out', async () => {
    const scene = await open()
    const balcony = await scene.connect(`${JULIET}/balcony`)
    for (const contact of ['a@x', 'b@x', 'c@x'])
      await balcony.request(iq('set', displayedPublication(state('1', contact))))
    const get = async (inside: string, attributes = '') => {
      const request = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:mds:displayed:0'${attributes}>${inside}</items></pubsub>`
      const answer = (await balcony.request(iq('get', request))).elements()[0]
      return answer && readDisplayedItems(answer).map(({ conversation }) => conversation)
    }
    expect(await get("<item id='b@x'/>")).toEqual(['b@x'])
    expect(await get('', " max_items='2'")).toEqual(['b@x', 'c@x'])
    expect(await get('', " max_items='9'")).toEqual(['a@x', 'b@x', 'c@x'])
    expect(await get('', " max_items='0'")).toEqual([])
    for (const bad of ['max', '-1', '1.5', ''])
      expect(
        condition(
          await balcony.request(
            iq(
              'get',
              `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:mds:displayed:0' max_items='${bad}'/></pubsub>`,
            ),
          ),
        ),
      ).toBe('bad-request')
    const retract =
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:mds:displayed:0'><item id='b@x'/></retract></pubsub>"
    await balcony.request(iq('set', retract))
    expect(await get('')).toEqual(['a@x', 'c@x'])
  })

  test.each([
    [
      'another node',
      displayedPublication(state('1'))
        .toString()
        .replace(/node='urn:xmpp:mds:displayed:0'/, "node='urn:x'"),
      'service-unavailable',
    ],
    [
      'no item',
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:mds:displayed:0'/></pubsub>",
      'bad-request',
    ],
    [
      'XEP-0060 §7.1.5: options that do not hold',
      displayedPublication(state('1')).toString().replace('whitelist', 'open'),
      'conflict',
    ],
    ['an id that is too long', displayedPublication(state('x'.repeat(300))).toString(), 'not-acceptable'],
    [
      'too long a name of who gave it',
      displayedPublication(state('1', ROMEO, 'x'.repeat(4000))).toString(),
      'not-acceptable',
    ],
  ])('refuses %s', async (_, payload, expected) => {
    const scene = await open()
    const balcony = await scene.connect(`${JULIET}/balcony`)
    expect(condition(await balcony.request(iq('set', payload)))).toBe(expected)
  })

  test("is bounded; is nobody else's; goes with the account", async () => {
    const scene = await open({ maxConversations: 1 })
    const balcony = await scene.connect(`${JULIET}/balcony`)
    await balcony.request(iq('set', displayedPublication(state('1'))))
    expect(condition(await balcony.request(iq('set', displayedPublication(state('1', 'b@x')))))).toBe(
      'resource-constraint',
    )
    expect(condition(await balcony.request(iq('set', displayedPublication(state('2')))))).toBeUndefined()
    const romeo = await scene.connect(`${ROMEO}/orchard`)
    const get = iq('get', displayedItemsElement()).replace("id='1'", `id='1' to='${JULIET}'`)
    expect(condition(await romeo.request(get))).toBe('service-unavailable')
    await scene.kernel.accounts.remove(parseJid(JULIET))
    expect(await scene.storage.list('displayed-synchronization/states', JULIET)).toEqual(new Map())
  })

  test('devices that asked for the states hear of changes; others do not', async () => {
    const scene = await open()
    const [balcony, garden] = [await scene.connect(`${JULIET}/balcony`), await scene.connect(`${JULIET}/garden`)]
    const chamber = await scene.connect(`${JULIET}/chamber`)
    await garden.request(iq('get', displayedItemsElement()))
    await balcony.request(iq('set', displayedPublication(state('1'))))
    const heard = (client: typeof garden) =>
      client.take().flatMap((each) => readDisplayedEvent(new Message(each), client.session.jid))
    expect([heard(garden), heard(balcony), heard(chamber)]).toEqual([[state('1')], [state('1')], []])
  })
})

describe('§4.5: server assist', () => {
  const marker = (to = ROMEO) =>
    message({
      to,
      type: 'chat',
      id: 'm',
      children: [displayedElement('the-msg-1'), displayedStateElement({ id: '7', by: JULIET })],
    })

  test('§4.5.2: announced on the account', async () => {
    const scene = await open()
    const balcony = await scene.connect(`${JULIET}/balcony`)
    const info = await balcony.request(
      `<iq type='get' id='i' to='${JULIET}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    expect(info.toString()).toContain("var='urn:xmpp:mds:server-assist:0'")
  })

  test('§4.5.3: "MUST strip the <displayed/> element … and continue to process it normally"; "MUST publish"', async () => {
    const scene = await open()
    const [balcony, garden] = [await scene.connect(`${JULIET}/balcony`), await scene.connect(`${JULIET}/garden`)]
    await garden.request(iq('get', displayedItemsElement()))
    await garden.request("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    const romeo = await scene.online(`${ROMEO}/orchard`)
    romeo.take()
    await balcony.send(marker())
    expect(romeo.take().map((each) => each.elements().map(({ namespace }) => namespace))).toEqual([
      ['urn:xmpp:chat-markers:0'],
    ])
    const heard = garden.take()
    expect(heard.flatMap((each) => readDisplayedEvent(new Message(each), garden.session.jid))).toEqual([state('7')])
    // §5.2: "before it is reflected back to the sender via" XEP-0280.
    expect(
      heard
        .filter((each) => each.child('sent', 'urn:xmpp:carbons:2'))
        .map(String)
        .join(),
    ).not.toContain('mds')
    expect(await scene.storage.get('displayed-synchronization/states', JULIET, ROMEO)).toEqual({ id: '7', by: JULIET })
  })

  test('what others send is not taken for it', async () => {
    const scene = await open()
    const juliet = await scene.connect(`${JULIET}/balcony`)
    const romeo = await scene.connect(`${ROMEO}/orchard`)
    await romeo.send(marker(`${JULIET}/balcony`))
    expect(juliet.take()).toHaveLength(1)
    expect(await scene.storage.list('displayed-synchronization/states', JULIET)).toEqual(new Map())
  })

  test('a module that fails when it hears of it does no more harm than to be logged', async () => {
    const scene = await open({}, createMemoryStorage(), [faulty])
    const juliet = await scene.connect(`${JULIET}/balcony`)
    await juliet.send(marker())
    expect(scene.errors).toEqual([new Error('faulty')])
    expect(await scene.storage.get('displayed-synchronization/states', JULIET, ROMEO)).toEqual({ id: '7', by: JULIET })
  })

  test('that there is no room, or that the storage fails, does not make it known; the latter is told', async () => {
    const storage = new FaultyStorage(createMemoryStorage())
    const scene = await open({ maxConversations: 1 }, storage)
    const juliet = await scene.connect(`${JULIET}/balcony`)
    const romeo = await scene.online(`${ROMEO}/orchard`)
    romeo.take()
    await juliet.request(iq('get', displayedItemsElement()))
    storage.fail('full', 'commit', 1)
    await juliet.send(marker())
    expect(juliet.take().map(condition)).toEqual(['resource-constraint'])
    await juliet.request(iq('set', displayedPublication(state('1', 'b@x'))))
    juliet.take()
    await juliet.send(marker())
    expect(juliet.take()).toEqual([])
    expect(romeo.take()).toHaveLength(2)
  })
})

describe('the client', () => {
  const received = (id: string, from = `${ROMEO}/orchard`) =>
    new Message(
      parseXml(
        `<message xmlns='jabber:client' type='chat' from='${from}' to='${JULIET}' id='the-msg-${id}'><stanza-id xmlns='urn:xmpp:sid:0' by='${JULIET}' id='${id}'/></message>`,
      ),
    )

  test('devices agree', async () => {
    const scene = await open()
    await using balcony = await scene.client(`${JULIET}/balcony`)
    await using garden = await scene.client(`${JULIET}/garden`)
    const heard: string[] = []
    const api = garden.use(displayedSynchronizationClient)
    api.onChange(({ conversation, message: { id } }) => heard.push(`${conversation} ${id}`))
    await api.load()
    expect(await balcony.use(displayedSynchronizationClient).displayed(received('1'))).toBe(true)
    expect(await balcony.use(displayedSynchronizationClient).displayed(received('1'))).toBe(false)
    await settled()
    expect(heard).toEqual([`${ROMEO} 1`])
    await using late = await scene.client(`${JULIET}/late`)
    expect([...(await late.use(displayedSynchronizationClient).load()).values()]).toEqual([state('1')])
  })

  test('§5.1: not for what the user sent, nor without an id of the archive', async () => {
    const scene = await open()
    await using balcony = await scene.client(`${JULIET}/balcony`)
    const api = balcony.use(displayedSynchronizationClient)
    expect(await api.displayed(received('1', `${JULIET}/garden`))).toBe(false)
    expect(await api.displayed(new Message(message({ from: `${ROMEO}/orchard`, id: 'm' })))).toBe(false)
  })

  test('assist: "MUST address that message to the bare JID"; "unless the server announces"; not in an empty message', async () => {
    const scene = await open()
    await using balcony = await scene.client(`${JULIET}/balcony`)
    const api = balcony.use(displayedSynchronizationClient)
    const marker = message({ to: ROMEO, children: [displayedElement('the-msg-1')] })
    expect((await api.assist(marker, received('1'))).toString()).toContain('urn:xmpp:mds:displayed:0')
    const full = marker.withAttributes({ to: `${ROMEO}/orchard` })
    expect(await api.assist(full, received('1'))).toBe(full)
    const empty = message({ to: ROMEO })
    expect(await api.assist(empty, received('1'))).toBe(empty)
    const bare = await Scene.open([discoServer], { accounts: [JULIET] })
    await using other = await bare.client(`${JULIET}/balcony`)
    expect(await other.use(displayedSynchronizationClient).assist(marker, received('1'))).toBe(marker)
  })
})
