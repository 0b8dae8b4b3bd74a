import { type AnyServerModule, defineServerModule } from '@parlour/server-core'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { describe, expect, test } from 'vitest'
import { Scene, settled } from '../scene.fixture.ts'
import { chat, open, stored } from './offline.fixture.ts'
import { offlineServer } from './server.ts'

const ORCHARD = 'romeo@example.com/orchard'
const BALCONY = 'juliet@example.com/balcony'

/** A storage whose pages come when they are let go. */
function slowPages() {
  const inner = createMemoryStorage()
  let isHeld = false
  const held: (() => void)[] = []
  const storage: Storage = new Proxy(inner, {
    get: (target, name) => {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'readArchive') return member.bind(target)
      return async (...args: unknown[]) => {
        const page = await member.apply(target, args)
        if (isHeld) await new Promise<void>((resolve) => held.push(resolve))
        return page
      }
    },
  })
  const hold = () => {
    isHeld = true
  }
  const release = () => {
    isHeld = false
    for (const go of held.splice(0)) go()
  }
  return { storage, hold, release }
}

describe('RFC 6120 §10.1: while a session is getting what was stored', () => {
  test('what comes as the last page is being read is neither before it nor behind what comes next', async () => {
    const { storage, hold, release } = slowPages()
    const scene = await open({}, storage)
    const romeo = await scene.online(ORCHARD)
    await romeo.send(chat('old'))
    const juliet = await scene.connect(BALCONY)
    juliet.stream.bufferedBytes = 1
    hold()
    const coming = juliet.hand('<presence/>')
    await settled()
    const first = romeo.hand(chat('first'))
    await settled()
    release()
    await Promise.all([coming, first])
    await settled()
    await romeo.send(chat('second'))
    juliet.stream.bufferedBytes = 0
    scene.environment.advance(1000)
    await settled()
    expect(juliet.bodies()).toEqual(['old', 'first', 'second'])
    expect(await stored(scene)).toBe(0)
  })

  test('what is stored meanwhile on its usual way comes when that is over', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const slow = defineServerModule({
      name: 'slow',
      setup: (host) => [host.on('offline', ({ stanza }) => (stanza.id === 'late' ? promise : undefined))],
    }) as unknown as AnyServerModule
    const accounts = ['romeo@example.com', 'juliet@example.com']
    const scene = await Scene.open([slow, offlineServer as AnyServerModule], { accounts })
    const romeo = await scene.online(ORCHARD)
    await romeo.send(chat('old'))
    const late = romeo.hand(chat('late'))
    const juliet = await scene.connect(BALCONY)
    juliet.stream.bufferedBytes = 1
    await juliet.send('<presence/>')
    resolve(undefined)
    await late
    await settled()
    expect([juliet.bodies(), await stored(scene)]).toEqual([['old'], 2])
    juliet.stream.bufferedBytes = 0
    scene.environment.advance(1000)
    await settled()
    expect([juliet.bodies(), await stored(scene)]).toEqual([['late'], 0])
  })

  test('what others are sent goes its usual way', async () => {
    const scene = await open()
    const romeo = await scene.online(ORCHARD)
    const nurse = await scene.online('romeo@example.com/nurse')
    await romeo.send(chat('old'))
    const juliet = await scene.connect(BALCONY)
    juliet.stream.bufferedBytes = 1
    await juliet.send('<presence/>')
    for (const client of [romeo, nurse]) client.take()
    await romeo.send(chat('to another account', 'romeo@example.com/nurse'))
    expect([nurse.bodies(), romeo.take()]).toEqual([['to another account'], []])
    await romeo.send(chat('to nobody', 'nobody@example.com'))
    expect(romeo.take().map((each) => each.child('error')?.elements()[0]?.name)).toEqual(['service-unavailable'])
    expect(scene.errors).toEqual([])
  })
})

test('RFC 6121 §8.5.3.1: what is for another resource is for that one only, whoever is getting what was stored', async () => {
  const scene = await open()
  const romeo = await scene.online(ORCHARD)
  const long = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000))
  for (const body of long) await romeo.send(chat(body))
  const juliet = await scene.connect(BALCONY)
  juliet.stream.bufferedBytes = 300_000
  await juliet.send('<presence/>')
  const desk = await scene.online('juliet@example.com/desk', -1)
  await romeo.send(chat('for the desk', 'juliet@example.com/desk'))
  juliet.stream.bufferedBytes = 0
  scene.environment.advance(1000)
  await settled()
  expect([desk.bodies().filter(Boolean), juliet.bodies().filter(Boolean)]).toEqual([['for the desk'], long])
  expect(await stored(scene)).toBe(0)
})

test.each([['XEP-0198', true] as const, ['no XEP-0198', false] as const])(
  'after a restart, a session with %s gets what was stored, and nothing goes wrong',
  async (_, isManaged) => {
    const before = await open()
    const romeo = await before.online(ORCHARD)
    await romeo.send(chat('1'))
    const after = await open({}, before.storage)
    const juliet = await after.connect(BALCONY)
    if (isManaged) await juliet.manage()
    await juliet.send('<presence/>')
    await settled()
    expect(juliet.bodies().filter(Boolean)).toEqual(['1'])
    expect([after.errors, await stored(after)]).toEqual([[], 0])
  },
)
