import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { Scene } from '../test/fake-streams.ts'

test('XEP-0386 §3.1: what extensions want along with binding is asked for anew for each stream', async () => {
  using scene = new Scene({ keepalive: false })
  let wanted = true
  const enable = el('enable', 'urn:xmpp:carbons:2')
  const stop = scene.client.inline('urn:xmpp:carbons:2', () => (wanted ? enable : undefined))
  scene.client.inline('urn:x', () => undefined)
  const reconnect = async () => {
    scene.stream.lose()
    scene.environment.advance(60_000)
    await scene.client.online()
    return scene.wishes.at(-1)?.inline
  }
  await scene.client.online()
  // The first stream was opened before anybody could ask.
  expect(scene.wishes.at(-1)?.inline).toEqual([])
  expect(await reconnect()).toEqual([{ feature: 'urn:xmpp:carbons:2', element: enable }])
  wanted = false
  expect(await reconnect()).toEqual([])
  wanted = true
  stop()
  expect(await reconnect()).toEqual([])
})
