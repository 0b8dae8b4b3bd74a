import { type AnyServerModule, defineServerModule } from '@parlour/server-core'
import type { Stanza } from '@parlour/stanza'
import { describe, expect, test } from 'vitest'
import { Scene, settled } from '../scene.fixture.ts'
import { chat, open, stored } from './offline.fixture.ts'
import { offlineServer } from './server.ts'

const ORCHARD = 'romeo@example.com/orchard'
const BALCONY = 'juliet@example.com/balcony'

/** A module at which the first message waits until it is let go. */
function waiting(name: string, hook: 'archive' | 'offline') {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  let isFirst = true
  const first = ({ stanza }: { readonly stanza: Stanza }): undefined | Promise<undefined> => {
    if (!isFirst || stanza.kind !== 'message') return undefined
    isFirst = false
    return promise
  }
  const module = defineServerModule({
    name,
    setup: (host) => [
      hook === 'archive' ? host.on('archive', first, { direction: 'inbound' }) : host.on('offline', first),
    ],
  }) as unknown as AnyServerModule
  return { module, go: () => resolve(undefined) }
}

async function sceneWith(modules: readonly AnyServerModule[]): Promise<Scene> {
  return Scene.open(modules, { accounts: ['romeo@example.com', 'juliet@example.com'] })
}

describe('RFC 6120 §10.1: nothing overtakes', () => {
  test('what was to be kept when its receiver came: it is delivered, and what comes next is behind it', async () => {
    const { module, go } = waiting('slow', 'offline')
    const scene = await sceneWith([module, offlineServer as AnyServerModule])
    const romeo = await scene.online(ORCHARD)
    const first = romeo.hand(chat('1'))
    const juliet = await scene.online(BALCONY)
    juliet.take()
    go()
    await first
    await romeo.send(chat('2'))
    await settled()
    expect(juliet.bodies()).toEqual(['1', '2'])
    expect(await stored(scene)).toBe(0)
  })

  test('what waited at another module when its receiver came is behind what was kept before', async () => {
    const { module, go } = waiting('push', 'archive')
    const scene = await sceneWith([offlineServer as AnyServerModule, module])
    const romeo = await scene.online(ORCHARD)
    const nurse = await scene.online('romeo@example.com/nurse')
    const late = nurse.hand(chat('late'))
    for (const body of ['1', '2']) await romeo.send(chat(body))
    const juliet = await scene.connect(BALCONY)
    const coming = juliet.hand('<presence/>')
    go()
    await Promise.all([late, coming])
    await settled()
    expect(juliet.bodies()).toEqual(['1', '2', 'late'])
    expect(await stored(scene)).toBe(0)
  })

  test('what comes back from a session that had not acknowledged it has its former place and time', async () => {
    const scene = await open()
    const romeo = await scene.online(ORCHARD)
    const early = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000))
    for (const body of early) await romeo.send(chat(body))
    scene.environment.advance(60_000)
    const lost = await scene.connect(BALCONY)
    await lost.manage()
    await lost.send('<presence/>')
    // It got some of them, and the client acknowledges nothing.
    expect(await stored(scene)).toBeGreaterThan(0)
    expect(await stored(scene)).toBeLessThan(4)
    lost.session.closed('closed')
    await settled()
    await romeo.send(chat('last'))
    const juliet = await scene.online(BALCONY)
    for (let n = 0; n < 9; n++) {
      scene.environment.advance(1000)
      await settled()
    }
    const messages = juliet.take().filter(({ name }) => name === 'message')
    expect(messages.map((each) => each.childText('body')?.slice(0, 4))).toEqual([
      'aaaa',
      'bbbb',
      'cccc',
      'dddd',
      'last',
    ])
    const stamps = messages.map((each) => each.child('delay', 'urn:xmpp:delay')?.attribute('stamp'))
    expect(stamps.map((stamp) => stamp?.slice(14, 16))).toEqual(['00', '00', '00', '00', '01'])
  })

  test('what comes while the session that was getting them has gone, and a new one is there, comes once', async () => {
    const scene = await open()
    const romeo = await scene.online(ORCHARD)
    const long = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000))
    for (const body of long) await romeo.send(chat(body))
    const lost = await scene.connect(BALCONY)
    await lost.manage()
    await lost.send('<presence/>')
    // The same resource: the session before is over.
    const juliet = await scene.connect(BALCONY)
    const coming = juliet.hand('<presence/>')
    const next = romeo.hand(chat('next'))
    await Promise.all([coming, next])
    await settled()
    await juliet.send('<presence/>')
    const heard: string[] = []
    for (let n = 0; n < 9; n++) {
      scene.environment.advance(1000)
      await settled()
      heard.push(...juliet.bodies().map((body) => body?.slice(0, 4) ?? ''))
    }
    expect(heard).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd', 'next'])
    expect(await stored(scene)).toBe(0)
  })

  test('who comes back with a new session of the same resource gets what the former had, also what was sent to that resource', async () => {
    const scene = await open()
    const romeo = await scene.online(ORCHARD)
    const lost = await scene.connect(BALCONY)
    await lost.manage()
    await lost.send('<presence/>')
    await lost.disconnect()
    await romeo.send(chat('1'))
    await romeo.send(chat('2', BALCONY))
    await romeo.send(chat('3'))
    const juliet = await scene.connect(BALCONY)
    await settled()
    expect(juliet.bodies()).toEqual([])
    await juliet.manage()
    await juliet.send('<presence/>')
    await settled()
    const got = juliet.take()
    const messages = got.filter(({ name }) => name === 'message')
    expect(messages.map((each) => each.childText('body'))).toEqual(['1', '2', '3'])
    await juliet.acknowledge(got.length)
    expect(await stored(scene)).toBe(0)
  })

  test('with XEP-0198, what a client acknowledges is the pace', async () => {
    const scene = await open()
    const romeo = await scene.online(ORCHARD)
    for (const letter of ['a', 'b', 'c', 'd']) await romeo.send(chat(letter.repeat(100_000)))
    const juliet = await scene.connect(BALCONY)
    await juliet.manage()
    await juliet.send('<presence/>')
    const taken = juliet.take().length
    expect(taken).toBeLessThan(5)
    await juliet.acknowledge(taken)
    scene.environment.advance(1000)
    await settled()
    expect(juliet.bodies().map((body) => body?.at(0))).toContain('d')
    expect(await stored(scene)).toBe(0)
  })
})
