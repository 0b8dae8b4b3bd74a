import { createMemoryStorage, type Storage, StorageError, type Write } from '@parlour/storage'
import { describe, expect, test } from 'vitest'
import { settled } from '../scene.fixture.ts'
import { chat, open, stored } from './offline.fixture.ts'

/** A memory storage whose commits wait, or fail, when told. */
function holdingStorage() {
  const inner = createMemoryStorage()
  let gate: Promise<void> | undefined
  let open = () => {}
  let isFailing = false
  const storage: Storage = Object.assign(Object.create(inner), {
    commit: async (writes: readonly Write[]) => {
      await gate
      if (isFailing) throw new Error('the disk is gone')
      return inner.commit(writes)
    },
    get: inner.get.bind(inner),
    list: inner.list.bind(inner),
    owners: inner.owners.bind(inner),
    readArchive: inner.readArchive.bind(inner),
    countArchive: inner.countArchive.bind(inner),
  })
  return {
    storage,
    hold: () => {
      gate = new Promise((resolve) => {
        open = resolve
      })
    },
    release: () => open(),
    fail: (value: boolean) => {
      isFailing = value
    },
  }
}

describe('XEP-0160 §2: delivery', () => {
  test('in order, each once, with a delay stamped by the domain (XEP-0203 §2: "MUST be expressed in UTC")', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    scene.environment.advance(1000)
    await romeo.send(chat('2'))
    const juliet = await scene.online('juliet@example.com/balcony')
    const messages = juliet.take().filter(({ name }) => name === 'message')
    expect(messages.map((each) => each.childText('body'))).toEqual(['1', '2'])
    expect(messages.map((each) => each.attribute('from'))).toEqual(Array(2).fill('romeo@example.com/orchard'))
    expect(messages.map((each) => each.attribute('id'))).toEqual(['1', '2'])
    const delays = messages.flatMap((each) => each.childrenNamed('delay', 'urn:xmpp:delay'))
    expect(delays.map((each) => each.attributes)).toMatchObject([
      { from: 'example.com', stamp: '2026-01-01T00:00:00.000Z' },
      { from: 'example.com', stamp: '2026-01-01T00:00:01.000Z' },
    ])
    expect(await stored(scene)).toBe(0)
    const desk = await scene.online('juliet@example.com/desk')
    expect(desk.bodies()).toEqual([])
    expect(scene.errors).toEqual([])
  })

  test('XEP-0203 §5: a delay that claims to be the server\'s is discarded; §2: "one and only one"', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(
      "<message to='juliet@example.com'><body>x</body><delay xmlns='urn:xmpp:delay' from='example.com' stamp='1999-01-01T00:00:00Z'/></message>",
    )
    const juliet = await scene.online('juliet@example.com/balcony')
    const delays = juliet.take().flatMap((each) => each.childrenNamed('delay', 'urn:xmpp:delay'))
    expect(delays.map((each) => each.attribute('stamp'))).toEqual(['2026-01-01T00:00:00.000Z'])
  })

  test('"when the recipient next sends non-negative available presence"', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    const juliet = await scene.connect('juliet@example.com/balcony')
    expect(juliet.bodies()).toEqual([])
    await juliet.send('<presence><priority>-5</priority></presence>')
    expect(juliet.bodies()).toEqual([])
    await juliet.send('<presence to="romeo@example.com"><priority>5</priority></presence>')
    expect(juliet.bodies()).toEqual([])
    await juliet.send('<presence><priority>5</priority></presence>')
    expect(juliet.bodies()).toEqual(['1'])
  })

  test('what arrives while messages are being delivered comes after them, in order', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    const expected = Array.from({ length: 250 }, (_, n) => String(n))
    for (const body of expected.slice(0, 230)) await romeo.hand(chat(body))
    const juliet = await scene.connect('juliet@example.com/balcony')
    const online = juliet.send('<presence/>')
    for (const body of expected.slice(230)) await romeo.hand(chat(body))
    await online
    await settled()
    expect(juliet.bodies()).toEqual(expected)
    expect(await stored(scene)).toBe(0)
    await romeo.send(chat('live'))
    const [live] = juliet.take()
    expect(live?.child('delay', 'urn:xmpp:delay')).toBeUndefined()
  })

  test('what goes to other sessions meanwhile reaches them at once, and the one being served in its turn', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    const long = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000))
    for (const body of long) await romeo.send(chat(body))
    const juliet = await scene.connect('juliet@example.com/balcony')
    juliet.stream.bufferedBytes = 300_000
    await juliet.send('<presence/>')
    const desk = await scene.online('juliet@example.com/desk')
    desk.take()
    await romeo.send(chat('2'))
    expect(desk.bodies()).toEqual(['2'])
    expect(juliet.bodies()).toEqual([])
    juliet.stream.bufferedBytes = 0
    scene.environment.advance(1000)
    await settled()
    expect(juliet.bodies()).toEqual([...long, '2'])
    expect(await stored(scene)).toBe(0)
  })

  test('two sessions that become available together get each message once', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    for (const body of ['1', '2', '3']) await romeo.hand(chat(body))
    const [balcony, desk] = await Promise.all([
      scene.online('juliet@example.com/balcony'),
      scene.online('juliet@example.com/desk'),
    ])
    expect([...balcony.bodies(), ...desk.bodies()]).toEqual(['1', '2', '3'])
  })

  test('a message whose storing was under way when the session became available is delivered', async () => {
    const storage = createMemoryStorage()
    const scene = await open({}, storage)
    const romeo = await scene.online('romeo@example.com/orchard')
    const juliet = await scene.connect('juliet@example.com/balcony')
    const sending = romeo.hand(chat('1'))
    await juliet.hand('<presence/>')
    await sending
    await settled()
    expect(juliet.bodies()).toEqual(['1'])
    expect(await stored(scene)).toBe(0)
  })
})

describe('nothing is lost', () => {
  test('the stream of the sender goes on, but no answer comes before the message is durable', async () => {
    const { storage, hold, release } = holdingStorage()
    const scene = await open({}, storage)
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('0'))
    romeo.take()
    hold()
    expect(romeo.hand(chat('1'))).toBeUndefined()
    expect(romeo.hand(chat('2'))).toBeUndefined()
    void romeo.hand("<iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq>")
    await settled()
    expect(romeo.take()).toEqual([])
    release()
    await settled()
    expect(romeo.take().map((answer) => answer.attribute('id'))).toEqual(['q'])
    expect(await stored(scene)).toBe(3)
  })

  test('a message that could not be stored is answered resource-constraint', async () => {
    const storage = createMemoryStorage()
    const scene = await open({}, storage)
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    romeo.take()
    const { commit } = storage
    storage.commit = () => Promise.reject(new StorageError('full', 'no room'))
    await romeo.send(chat('2'))
    storage.commit = commit
    const [error] = romeo.take()
    expect(error?.child('error')?.attribute('type')).toBe('wait')
    expect(error?.child('error')?.elements()[0]?.name).toBe('resource-constraint')
    await romeo.send(chat('3'))
    expect(await stored(scene)).toBe(2)
  })

  test('messages stay stored until the stream has taken them', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    const juliet = await scene.connect('juliet@example.com/balcony')
    juliet.stream.bufferedBytes = 1
    await juliet.send('<presence/>')
    expect(juliet.bodies()).toEqual(['1'])
    expect(await stored(scene)).toBe(1)
    juliet.stream.bufferedBytes = 0
    scene.environment.advance(1000)
    await settled()
    expect(await stored(scene)).toBe(0)
  })

  test('what a session that is gone has not taken, the next one gets', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    for (let n = 0; n < 150; n++) await romeo.hand(chat(String(n)))
    const juliet = await scene.connect('juliet@example.com/balcony')
    await juliet.send('<presence/>')
    await romeo.send(chat('last', 'juliet@example.com/gone'))
    expect(juliet.bodies()).toHaveLength(151)
    await juliet.disconnect()
    await romeo.send(chat('a'))
    const slow = await scene.connect('juliet@example.com/slow')
    slow.stream.bufferedBytes = 1
    await slow.send('<presence/>')
    await slow.disconnect()
    scene.environment.advance(1000)
    await settled()
    expect(await stored(scene)).toBe(1)
    const next = await scene.online('juliet@example.com/next')
    expect(next.bodies()).toEqual(['a'])
    expect(await stored(scene)).toBe(0)
  })

  test('a client that does not read is not given more than its stream may hold', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    for (let n = 0; n < 20; n++) await romeo.hand(chat(`${n} ${'x'.repeat(100_000)}`))
    const juliet = await scene.connect('juliet@example.com/balcony')
    const { send } = juliet.stream
    juliet.stream.send = (text) => {
      juliet.stream.bufferedBytes += text.length
      send(text)
    }
    await juliet.send('<presence/>')
    expect(juliet.stream.bufferedBytes).toBeLessThan(500_000)
    expect(await stored(scene)).toBe(20)
    let bodies = juliet.bodies()
    while (scene.environment.pendingTimers > 0) {
      juliet.stream.bufferedBytes = 0
      scene.environment.advance(1000)
      await settled()
      bodies = [...bodies, ...juliet.bodies()]
    }
    expect(bodies.map((body) => Number.parseInt(body ?? '', 10))).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(await stored(scene)).toBe(0)
  })

  test('when the storage fails, the sender hears of it; what is handed out meanwhile is handed out once', async () => {
    const { storage, fail } = holdingStorage()
    const scene = await open({}, storage)
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    romeo.take()
    fail(true)
    await romeo.send(chat('2'))
    expect(romeo.take().map((each) => each.attribute('type'))).toEqual(['error'])
    const juliet = await scene.online('juliet@example.com/balcony')
    expect(juliet.bodies()).toEqual(['1'])
    await juliet.disconnect()
    fail(false)
    const again = await scene.online('juliet@example.com/balcony')
    expect(again.bodies()).toEqual([])
    scene.environment.advance(1000)
    await settled()
    expect(await stored(scene)).toBe(0)
  })

  test('a restart keeps everything', async () => {
    const storage = createMemoryStorage()
    const before = await open({}, storage)
    const romeo = await before.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    const after = await open({}, storage)
    const juliet = await after.online('juliet@example.com/balcony')
    expect(juliet.bodies()).toEqual(['1'])
  })

  test('a message that cannot be read stays, and does not keep back the others', async () => {
    const scene = await open()
    const owner = 'juliet@example.com'
    const append = { type: 'append', archive: 'offline/messages', owner, id: '0', at: 0, value: '<message' } as const
    await scene.storage.commit([append])
    const romeo = await scene.online('romeo@example.com/orchard')
    await romeo.send(chat('1'))
    const juliet = await scene.online('juliet@example.com/balcony')
    expect(juliet.bodies()).toEqual(['1'])
    expect(await stored(scene)).toBe(1)
    expect(scene.errors).toHaveLength(1)
  })
})
