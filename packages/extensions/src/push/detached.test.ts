import { describe, expect, test } from 'vitest'
import type { FakeClient } from '../scene.fixture.ts'
import { enable, JULIET, openPush } from './push.fixture.ts'

/** How many stanzas it was sent: what it would acknowledge. */
const heard = (client: FakeClient) => client.take().length

/** A phone with XEP-0198 that has enabled notifications. */
async function managed() {
  const opened = await openPush()
  const phone = await opened.scene.online(`${JULIET}/phone`)
  await phone.request(enable())
  phone.take()
  const id = await phone.manage()
  return { ...opened, phone, id }
}

describe('XEP-0357 with sessions that wait to be resumed (XEP-0198)', () => {
  test('a device whose connection broke is notified, though its session is there', async () => {
    const { scene, service, phone, chat } = await managed()
    await phone.disconnect()
    await chat('1')
    expect(service.counts()).toEqual([1])
    expect(scene.kernel.directory.sessions(JULIET)).toHaveLength(1)
  })

  test('it hears, when the connection breaks, of what it has not acknowledged', async () => {
    const { service, phone, chat, advance } = await managed()
    await chat('1')
    await chat('2')
    await phone.acknowledge(1)
    expect(service.counts()).toEqual([])
    await phone.disconnect()
    expect(service.counts()).toEqual([1])
    await chat('3')
    await advance(1000)
    expect(service.counts()).toEqual([2])
  })

  test('of nothing, if it has acknowledged everything, or what it has not is unimportant', async () => {
    const { service, phone, romeo, chat } = await managed()
    await chat('1')
    await romeo.send(
      `<message type='chat' to='${JULIET}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
    )
    await phone.acknowledge(1)
    await phone.disconnect()
    expect(service.counts()).toEqual([])
  })

  test('resumed, it is there again, and what came meanwhile has reached it', async () => {
    const { scene, service, phone, id, chat, advance } = await managed()
    await phone.disconnect()
    await chat('1')
    expect(service.counts()).toEqual([1])
    const back = await scene.resume(phone, id, 0)
    expect(back.bodies()).toEqual(['1'])
    await chat('2')
    await advance(1000)
    expect(service.counts()).toEqual([])
    expect(heard(back)).toBe(1)
    await back.disconnect()
    await advance(1000)
    expect(service.counts()).toEqual([1])
  })

  test('when its time is over, what goes on to offline storage is not counted twice', async () => {
    const { scene, service, phone, chat, advance } = await managed()
    await phone.disconnect()
    await chat('1')
    service.take()
    await advance(3_600_000)
    expect(scene.kernel.directory.sessions(JULIET)).toEqual([])
    await chat('2')
    await advance(1000)
    expect(service.counts().at(-1)).toBe(2)
  })
})
