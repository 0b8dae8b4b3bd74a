import { describe, expect, test } from 'vitest'
import { clientStateElement } from '../client-state-indication/wire.ts'
import { type FakeClient, settled } from '../scene.fixture.ts'
import { enable, JULIET, openPush, ROMEO } from './push.fixture.ts'

const subscribe = (client: FakeClient) => client.send(`<presence type='subscribe' to='${JULIET}'/>`)
const initiate = (resource: string, action = 'session-initiate') =>
  `<iq type='set' id='${action}' to='${JULIET}/${resource}'><jingle xmlns='urn:xmpp:jingle:1' action='${action}' sid='a'/></iq>`

describe('XEP-0357 §7: pending-subscription-count', () => {
  test('a request for the presence of the account: how many there are, and nothing of who it is', async () => {
    const { service, away, romeo } = await openPush({ content: 'body' })
    await away()
    await subscribe(romeo)
    expect(service.take().map(({ summary }) => summary)).toEqual([{ pendingSubscriptionCount: 1 }])
  })

  test('once for each request; none for what is answered by itself, or not to who is there', async () => {
    const { scene, service, away, romeo, advance } = await openPush()
    await away()
    await subscribe(romeo)
    service.take()
    await subscribe(romeo)
    await advance(1000)
    expect(service.take()).toEqual([])
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.send(`<presence type='subscribed' to='${ROMEO}'/>`)
    await phone.disconnect()
    await subscribe(romeo)
    await advance(1000)
    expect(service.take()).toEqual([])
  })

  test('together with messages, until it has been told or the device has seen it', async () => {
    const { scene, service, away, romeo, chat, advance } = await openPush()
    await away()
    await chat('1')
    service.take()
    await subscribe(romeo)
    await chat('2')
    await advance(1000)
    expect(service.take().map(({ summary }) => summary)).toEqual([{ messageCount: 2, pendingSubscriptionCount: 1 }])
    await chat('3')
    await advance(1000)
    expect(service.counts()).toEqual([3])
    const phone = await scene.online(`${JULIET}/phone`)
    expect(phone.take().map((stanza) => stanza.attribute('type'))).toContain('subscribe')
  })

  test('a device that sees it before it is told is not told', async () => {
    const { scene, service, away, romeo, advance } = await openPush()
    await away()
    service.answer = 'remote-server-timeout'
    await subscribe(romeo)
    expect(service.take()).toHaveLength(1)
    await scene.online(`${JULIET}/phone`)
    await advance(60_000)
    expect(service.take()).toEqual([])
  })
})

/** Romeo may see the presence of Juliet. */
async function befriend(romeo: FakeClient, juliet: FakeClient): Promise<void> {
  await subscribe(romeo)
  await juliet.send(`<presence type='subscribed' to='${ROMEO}'/>`)
  juliet.take()
}

describe('calls', () => {
  test('XEP-0166 §6.2: a session that begins wakes the device it is for, at once, with nothing but that', async () => {
    const { scene, service, romeo } = await openPush()
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable('n1'))
    await befriend(romeo, phone)
    const tablet = await scene.online(`${JULIET}/tablet`)
    await tablet.request(enable('n2'))
    for (const device of [phone, tablet]) await device.send(clientStateElement('inactive'))
    await romeo.send(initiate('phone'))
    expect(service.take()).toEqual([{ node: 'n1', summary: {} }])
    await romeo.send(initiate('phone', 'transport-info'))
    expect(service.take()).toEqual([])
  })

  test('one whose session waits to be resumed is woken, too, and gets it; one that is there is not woken', async () => {
    const { scene, service, romeo } = await openPush()
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable())
    await befriend(romeo, phone)
    const id = await phone.manage()
    await romeo.send(initiate('phone'))
    expect(service.take()).toEqual([])
    await phone.disconnect()
    await romeo.send(initiate('phone').replace("id='session-initiate'", "id='second'"))
    await settled()
    expect(service.take()).toEqual([{ node: 'n1', summary: {} }])
    const back = await scene.resume(phone, id, 0)
    expect(back.take().map((stanza) => stanza.attribute('id'))).toEqual(['session-initiate', 'second'])
  })

  test('RFC 6121 §8.5.3.1: who may not know that the device is there does not wake it', async () => {
    const { scene, service, romeo } = await openPush()
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.request(enable())
    await phone.send(clientStateElement('inactive'))
    const answer = await romeo.request(initiate('phone'))
    expect([answer.attribute('type'), service.take()]).toEqual(['error', []])
  })

  test('not for a device that has no session: who calls hears so', async () => {
    const { service, away, romeo } = await openPush()
    await away()
    const answer = await romeo.request(initiate('phone'))
    expect([answer.attribute('type'), service.take()]).toEqual(['error', []])
  })

  test('XEP-0482 §3.1: an invitation to a call does not wait for the interval', async () => {
    const { service, away, romeo, chat } = await openPush()
    await away()
    await chat('1')
    service.take()
    await romeo.send(
      `<message type='chat' id='c' to='${JULIET}'><invite xmlns='urn:xmpp:call-invites:0' video='true'/><store xmlns='urn:xmpp:hints'/></message>`,
    )
    expect(service.counts()).toEqual([2])
  })
})
