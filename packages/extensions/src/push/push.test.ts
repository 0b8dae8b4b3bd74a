import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, test } from 'vitest'
import { clientStateElement } from '../client-state-indication/wire.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { pushClient } from './client.ts'
import { disable, enable, JULIET, openPush, ROMEO } from './push.fixture.ts'
import { PUSH_NAMESPACE } from './wire.ts'

const inactive = clientStateElement('inactive')
const active = clientStateElement('active')
const FORM =
  "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='secret'><value>s3</value></field></x>"

describe('XEP-0357 §4 to §6', () => {
  test('§4.1: "the server MUST include the feature" on the account', async () => {
    const { scene } = await openPush()
    await using juliet = await scene.client(`${JULIET}/phone`)
    expect(await juliet.use(pushClient).isSupported()).toBe(true)
    const bare = await Scene.open([], { accounts: [JULIET] })
    await using other = await bare.client(`${JULIET}/phone`)
    expect(await other.use(pushClient).isSupported()).toBe(false)
    expect(PUSH_NAMESPACE).toBe('urn:xmpp:push:0')
  })

  test('enabled, notified, disabled: by the client', async () => {
    const { scene, service, chat } = await openPush()
    const juliet = await scene.client(`${JULIET}/phone`)
    const jid = parseJid('push.example')
    await juliet.use(pushClient).enable({ jid, node: 'n1' })
    await juliet.close()
    await chat('1')
    expect(service.counts()).toEqual([1])
    await using again = await scene.client(`${JULIET}/other`)
    await again.use(pushClient).disable({ jid })
    await chat('2')
    expect(service.counts()).toEqual([])
  })

  test('§5: "SHOULD use the last received request for any publish options"', async () => {
    const { scene, service, chat } = await openPush()
    const phone = await scene.connect(`${JULIET}/phone`)
    await phone.request(enable('n1'))
    await phone.request(enable('n1', FORM))
    await phone.disconnect()
    await chat('1')
    const notifications = service.take()
    expect(notifications.map(({ node, options }) => [node, options?.toString()])).toEqual([['n1', FORM]])
  })

  test('§5: of one service several nodes; §6: one of them, or all', async () => {
    const { scene, service, away, chat } = await openPush()
    await away('n1')
    await away('n2', 'tablet')
    await chat('1')
    expect(service.take().map(({ node }) => node)).toEqual(['n1', 'n2'])
    const phone = await scene.connect(`${JULIET}/x`)
    await phone.request(disable(" node='n1'"))
    await chat('2')
    expect(service.take().map(({ node }) => node)).toEqual([])
    scene.environment.advance(1000)
    await settled()
    expect(service.take().map(({ node }) => node)).toEqual(['n2'])
    expect((await phone.request(disable())).attribute('type')).toBe('result')
    await chat('3')
    expect(service.take()).toEqual([])
    expect((await phone.request(disable())).attribute('type')).toBe('result')
  })

  test('is bounded; nobody else enables anything', async () => {
    const { scene } = await openPush({ maxServices: 1 })
    const phone = await scene.connect(`${JULIET}/phone`)
    await phone.request(enable('n1'))
    const condition = async (stanza: string) => (await phone.request(stanza)).child('error')?.elements()[0]?.name
    expect(await condition(enable('n2'))).toBe('resource-constraint')
    expect(await condition(enable('n1'))).toBeUndefined()
    expect(await condition(enable('x'.repeat(2000)))).toBe('not-acceptable')
    expect(await condition(enable().replace("id='e'", `id='e' to='${ROMEO}'`))).toBe('service-unavailable')
  })
})

describe('who is notified', () => {
  test('§7: from the domain; only of how many messages there are', async () => {
    const { service, away, chat, advance } = await openPush()
    await away()
    await chat('one')
    expect(service.requests.map(({ from, to }) => `${from} ${to}`)).toEqual(['example.com push.example'])
    await chat('two')
    await advance(1000)
    expect(service.take().map(({ summary }) => summary)).toEqual([{ messageCount: 1 }, { messageCount: 2 }])
  })

  test('a device that is there is not; one that is inactive (XEP-0352) is, and not again when it is active', async () => {
    const { scene, service, chat, advance } = await openPush()
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable())
    await chat('1')
    expect(service.counts()).toEqual([])
    await phone.send(inactive)
    await chat('2')
    expect(service.counts()).toEqual([1])
    await phone.send(active)
    await chat('3')
    await advance(1000)
    expect(service.counts()).toEqual([])
    await phone.send(inactive)
    await chat('4')
    await advance(1000)
    expect(service.counts()).toEqual([1])
  })

  test('whenInactive: false: only those that are not connected', async () => {
    const { scene, service, chat } = await openPush({ whenInactive: false })
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable())
    await phone.send(inactive)
    await chat('1')
    expect(service.counts()).toEqual([])
  })

  test('the phone is, while the account is there with another device', async () => {
    const { scene, service, away, chat } = await openPush()
    await away()
    const desk = await scene.online(`${JULIET}/desk`)
    await chat('1')
    expect(desk.bodies()).toEqual(['1'])
    expect(service.counts()).toEqual([1])
  })

  test('not of what is unimportant, of the own messages, or of a room where rooms are off', async () => {
    const { scene, service, away, romeo, chat } = await openPush({ rooms: false })
    await away()
    const desk = await scene.online(`${JULIET}/desk`)
    await romeo.send(
      `<message type='chat' to='${JULIET}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
    )
    await desk.send(`<message type='chat' to='${JULIET}'><body>note</body></message>`)
    await romeo.send(`<message type='groupchat' to='${JULIET}/desk'><body>room</body></message>`)
    expect(service.counts()).toEqual([])
    await chat('1')
    expect(service.counts()).toEqual([1])
  })

  test('a call does not wait', async () => {
    const { service, away, romeo, chat } = await openPush()
    await away()
    await chat('1')
    await chat('2')
    expect(service.counts()).toEqual([1])
    await romeo.send(
      `<message type='chat' to='${JULIET}'><propose xmlns='urn:xmpp:jingle-message:0' id='c'/><store xmlns='urn:xmpp:hints'/></message>`,
    )
    expect(service.counts()).toEqual([3])
  })
})

describe('how many', () => {
  test('not those that the device has come back to; not those displayed on another (XEP-0490), nor before a marker or an answer', async () => {
    const { scene, service, away, chat, advance } = await openPush()
    await away()
    await chat('1')
    await advance(1000)
    const desk = await scene.online(`${JULIET}/desk`)
    await chat('2')
    await advance(1000)
    expect(service.counts()).toEqual([1, 2])
    await desk.send(`<message to='${ROMEO}'><displayed xmlns='urn:xmpp:chat-markers:0' id='m-1'/></message>`)
    await chat('3')
    await advance(1000)
    expect(service.counts()).toEqual([2])
    await desk.send(`<message to='${ROMEO}' type='chat'><body>yes</body></message>`)
    await chat('4')
    await advance(1000)
    expect(service.counts()).toEqual([1])
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.disconnect()
    await chat('5')
    await advance(1000)
    expect(service.counts()).toEqual([1])
  })

  test('by the node of XEP-0490: up to the message that it names', async () => {
    const { scene, service, away, chat, advance } = await openPush()
    await away()
    const desk = await scene.online(`${JULIET}/desk`)
    await chat('1')
    await chat('2')
    await advance(1000)
    service.take()
    const { entries } = await scene.storage.readArchive('push/unread', JULIET, { max: 10 })
    const published = `<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:mds:displayed:0'><item id='${ROMEO}'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='${JULIET}' id='${entries[0]?.id}'/></displayed></item></publish></pubsub></iq>`
    expect((await desk.request(published)).attribute('type')).toBe('result')
    await chat('3')
    await advance(1000)
    expect(service.counts()).toEqual([2])
    expect(await scene.storage.countArchive('push/unread', JULIET)).toBe(2)
  })

  test('nothing is counted for who wants no notifications, and no more when the last one is disabled', async () => {
    const { scene, away, chat } = await openPush()
    await chat('0')
    await away()
    await chat('1')
    expect(await scene.storage.countArchive('push/unread', JULIET)).toBe(1)
    const desk = await scene.online(`${JULIET}/desk`)
    await desk.request(disable())
    expect(await scene.storage.countArchive('push/unread', JULIET)).toBe(0)
  })

  test('is bounded', async () => {
    const { scene, service, away, romeo, advance } = await openPush()
    await away()
    for (let n = 0; n < 510; n++) await romeo.hand(`<message type='chat' to='${JULIET}'><body>${n}</body></message>`)
    await settled()
    await advance(1000)
    expect(service.counts().at(-1)).toBe(500)
    expect(await scene.storage.countArchive('push/unread', JULIET)).toBe(500)
  })
})

describe('a restart, and the end of an account', () => {
  test('registrations, counts and failures outlive the server', async () => {
    const before = await openPush()
    await before.away()
    before.service.answer = 'service-unavailable'
    await before.chat('1')
    const after = await openPush({}, before.storage)
    await after.chat('2')
    expect(after.service.counts()).toEqual([2])
  })

  test('what the storage does not take is not counted, and its sender hears of it', async () => {
    const storage = new FaultyStorage(createMemoryStorage())
    const { service, away, chat, romeo, advance } = await openPush({}, storage)
    await away()
    romeo.take()
    storage.fail('full', 'commit', 1)
    await chat('1')
    expect(romeo.take().map((each) => each.attribute('type'))).toEqual(['error'])
    expect(await storage.countArchive('push/unread', JULIET)).toBe(0)
    service.take()
    await advance(1000)
    await chat('2')
    expect(service.counts()).toEqual([1])
  })

  test('an account that is removed is notified no more, and leaves nothing', async () => {
    const { scene, away, chat, service, storage } = await openPush()
    await away()
    await chat('1')
    service.take()
    await scene.kernel.accounts.remove(parseJid(JULIET))
    expect((await storage.list('push/registrations', JULIET)).size).toBe(0)
    expect(await storage.countArchive('push/unread', JULIET)).toBe(0)
    await chat('2')
    expect(service.take()).toEqual([])
  })
})
