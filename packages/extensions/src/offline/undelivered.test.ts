import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, it } from 'vitest'
import { type FakeClient, Scene, settled } from '../scene.fixture.ts'
import { offlineServer } from './server.ts'

const JULIET = 'juliet@example.com'

/** A server whose look for other servers ends when, and if, `fail` is called. */
async function open(storage: Storage = createMemoryStorage()) {
  const waiting: ((error: Error) => void)[] = []
  const locate = () => new Promise<never>((_, reject) => waiting.push(reject))
  const accounts = [JULIET, 'romeo@example.com']
  const scene = await Scene.open([offlineServer], { storage, accounts, locate })
  const fail = async () => {
    await settled()
    for (const reject of waiting.splice(0)) reject(Object.assign(new Error('no such name'), { code: 'not-found' }))
    await settled()
  }
  const count = () => storage.countArchive('offline/undelivered', JULIET)
  return { scene, fail, count, storage }
}

const write = (id: string, more = '') =>
  `<message to='nurse@away.example' type='chat' id='${id}'><body>${id}</body>${more}</message>`
/** The errors that a client has got. */
const errors = (client: FakeClient) =>
  client.take().filter((element) => element.name === 'message' && element.attribute('type') === 'error')

async function gone(scene: Scene, ...stanzas: string[]): Promise<void> {
  const phone = await scene.online(`${JULIET}/phone`)
  for (const stanza of stanzas) await phone.send(stanza)
  await phone.disconnect()
}

describe('what did not reach another server, and whose sender is gone', () => {
  it('is told to the next session, to its own address, with the time, and once', async () => {
    const { scene, fail, count } = await open()
    await gone(scene, write('1'), write('2'))
    await fail()
    expect(await count()).toBe(2)
    const stamp = new Date(scene.environment.now()).toISOString()
    scene.environment.advance(3_600_000)
    const laptop = await scene.online(`${JULIET}/laptop`)
    const told = errors(laptop)
    expect(told.map((error) => error.attribute('id'))).toEqual(['1', '2'])
    expect(told[0]?.attributes).toMatchObject({ from: 'nurse@away.example', to: `${JULIET}/laptop` })
    expect(told[0]?.child('error')?.child()?.name).toBe('remote-server-not-found')
    expect(told[0]?.child('delay', 'urn:xmpp:delay')?.attribute('stamp')).toBe(stamp)
    await settled()
    expect(await count()).toBe(0)
    expect(errors(await scene.online(`${JULIET}/tablet`))).toEqual([])
  })

  it('after a restart, too: of the message, and of what is told', async () => {
    const first = await open()
    await gone(first.scene, write('1'))
    const second = await open(first.storage)
    await second.fail()
    const third = await open(first.storage)
    await third.fail()
    expect(errors(await third.scene.online(`${JULIET}/laptop`)).map((error) => error.attribute('id'))).toEqual(['1'])
    expect(errors(await third.scene.online(`${JULIET}/tablet`))).toEqual([])
  })

  it('after a restart, where it could not be stored', async () => {
    const faulty = new FaultyStorage(createMemoryStorage())
    const first = await open(faulty)
    await gone(first.scene, write('1'))
    faulty.fail('full', 'commit')
    await first.fail()
    faulty.heal()
    first.scene.environment.advance(2000)
    await settled()
    expect(await first.count()).toBe(0)
    const second = await open(faulty)
    await second.fail()
    expect(errors(await second.scene.online(`${JULIET}/laptop`)).map((error) => error.attribute('id'))).toEqual(['1'])
  })

  it('another session of the sender is told at once', async () => {
    const { scene, fail, count } = await open()
    const laptop = await scene.online(`${JULIET}/laptop`)
    await gone(scene, write('1'))
    await fail()
    expect(errors(laptop).map((error) => error.attribute('to'))).toEqual([`${JULIET}/laptop`])
    expect(await count()).toBe(0)
  })

  it('a session with XEP-0198: removed together with what it keeps until that is acknowledged', async () => {
    const { scene, fail, count } = await open()
    await gone(scene, write('1'))
    await fail()
    const laptop = await scene.connect(`${JULIET}/laptop`)
    const previd = await laptop.manage()
    await laptop.send('<presence/>')
    expect(errors(laptop)).toHaveLength(1)
    expect(await count()).toBe(0)
    await laptop.disconnect()
    const resumed = await scene.resume(laptop, previd, 0)
    expect(errors(resumed)).toHaveLength(1)
  })

  it('where it cannot be read, the next session is told', async () => {
    const storage = new FaultyStorage(createMemoryStorage())
    const { scene, fail, count } = await open(storage)
    await gone(scene, write('1'))
    await fail()
    const laptop = await scene.connect(`${JULIET}/laptop`)
    storage.fail('unavailable', 'read')
    await laptop.send('<presence/>')
    await settled()
    storage.heal()
    expect([errors(laptop), await count()]).toEqual([[], 1])
    expect(errors(await scene.online(`${JULIET}/tablet`))).toHaveLength(1)
  })

  it('who is there is told as ever', async () => {
    const { scene, fail, count } = await open()
    const phone = await scene.online(`${JULIET}/phone`)
    await phone.send(write('1'))
    await fail()
    expect(errors(phone)).toHaveLength(1)
    expect(await count()).toBe(0)
  })

  it.each([
    [
      'who is typing',
      "<message to='nurse@away.example'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    ],
    ['XEP-0334 §4.3: no-store', write('1', "<no-store xmlns='urn:xmpp:hints'/>")],
    ['requests', "<iq type='get' id='1' to='nurse@away.example'><ping xmlns='urn:xmpp:ping'/></iq>"],
  ])('RFC 6121 §8.5.3.2.1: of the rest nothing is kept: %s', async (_, stanza) => {
    const { scene, fail, count } = await open()
    await gone(scene, stanza)
    await fail()
    expect(await count()).toBe(0)
  })

  it('one that is as long as its id makes it is not kept: a hundred would be 26 MiB', async () => {
    const { scene, fail, count } = await open()
    await gone(scene, write('x'.repeat(100_000)), write('x'.repeat(9_000)))
    await fail()
    expect(await count()).toBe(1)
  })

  it('a hundred are kept for an account, and none for one that is removed', async () => {
    const { scene, fail, count } = await open()
    await gone(scene, ...Array.from({ length: 110 }, (_, n) => write(`${n}`)))
    await fail()
    for (let moment = 0; moment < 10; moment++) {
      scene.environment.advance(5)
      await settled()
    }
    expect(await count()).toBe(100)
    await scene.kernel.accounts.remove(scene.accountJid('juliet'))
    expect(await count()).toBe(0)
    await settled()
    expect(scene.errors).toEqual([])
  })
})
