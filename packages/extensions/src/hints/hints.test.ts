import { message as build } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsServer } from '../carbons/server.ts'
import { offlineServer } from '../offline/server.ts'
import { Scene } from '../scene.fixture.ts'
import { type Hint, hasHint, hintElement, withHints } from './wire.ts'

const message = (type: string) =>
  parseXml(`<message xmlns='jabber:client' type='${type}'><no-store xmlns='urn:xmpp:hints'/></message>`)

test('XEP-0334 §4: a hint is an empty element', () => {
  expect(hintElement('no-copy').toString()).toBe("<no-copy xmlns='urn:xmpp:hints'/>")
  expect(hasHint(message('chat'), 'no-store')).toBe(true)
  expect(hasHint(message('chat'), 'store')).toBe(false)
})

test("XEP-0334 §5: hints in a stanza of type 'error' SHOULD be ignored", () => {
  expect(hasHint(message('error'), 'no-store')).toBe(false)
})

test('XEP-0334 §4.3: no-copy "MUST only be included on messages addressed to full JIDs"', () => {
  const full = build({ to: 'romeo@montague.lit/laptop', type: 'chat', body: 'x' })
  const hinted = withHints(full, 'no-copy', 'no-store')
  expect(hinted.elements().map(({ name }) => name)).toEqual(['body', 'no-copy', 'no-store'])
  expect(withHints(hinted, 'no-store')).toBe(hinted)
  expect(() => withHints(build({ to: 'romeo@montague.lit', body: 'x' }), 'no-copy')).toThrow(RangeError)
  expect(() => withHints(build({ body: 'x' }), 'no-copy')).toThrow(RangeError)
})

describe('XEP-0334 §4: what the server makes of a hint', () => {
  const accounts = ['romeo@example.com', 'juliet@example.com']
  const open = async () => {
    const scene = await Scene.open([offlineServer, carbonsServer], { accounts })
    const romeo = await scene.online('romeo@example.com/orchard')
    const say = (to: string, hint: Hint | undefined, body = '<body>x</body>', type = 'chat') =>
      romeo.send(`<message type='${type}' to='${to}'>${body}${hint ? hintElement(hint) : ''}</message>`)
    return { scene, romeo, say }
  }

  test.each<[string, Hint | undefined, string, number]>([
    ['none', undefined, '<body>x</body>', 1],
    ['§4.1: no-permanent-store: "happy for it to be stored temporarily"', 'no-permanent-store', '<body>x</body>', 1],
    ['§4.2: no-store: not "for later delivery to an offline client"', 'no-store', '<body>x</body>', 0],
    ['§4.4: store: "SHOULD be stored"', 'store', '', 1],
    ['nothing worth storing', undefined, '', 0],
  ])('offline: %s', async (_, hint, body, stored) => {
    const { scene, say } = await open()
    await say('juliet@example.com', hint, body)
    const juliet = await scene.online('juliet@example.com/balcony')
    expect(juliet.take().filter(({ name }) => name === 'message')).toHaveLength(stored)
  })

  test.each<[string, Hint | undefined, number]>([
    ['none', undefined, 1],
    ['§4.3: no-copy: "should not be copied … for example through" XEP-0280', 'no-copy', 0],
    ['no-store: of copies to who is there it says nothing', 'no-store', 1],
  ])('carbons: %s', async (_, hint, copies) => {
    const { scene, say } = await open()
    await scene.online('juliet@example.com/balcony')
    const garden = await scene.online('juliet@example.com/garden')
    await garden.request("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    garden.take()
    await say('juliet@example.com/balcony', hint)
    expect(garden.take()).toHaveLength(copies)
  })
})
