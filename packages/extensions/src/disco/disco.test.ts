import { defineServerModule } from '@parlour/server-core'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { discoNodes, discoServer } from './server.ts'
import {
  discoInfoElement,
  discoInfoRequest,
  discoItemsElement,
  discoItemsRequest,
  readDiscoInfo,
  readDiscoItems,
} from './wire.ts'

const INFO = 'http://jabber.org/protocol/disco#info'
const ITEMS = 'http://jabber.org/protocol/disco#items'
const get = (namespace: string, to: string, node?: string) =>
  `<iq type='get' id='1' to='${to}'><query xmlns='${namespace}'${node === undefined ? '' : ` node='${node}'`}/></iq>`
const condition = (answer: { child(name: string): { elements(): readonly { name: string }[] } | undefined }) =>
  answer.child('error')?.elements()[0]?.name

describe('XEP-0030: the wire', () => {
  test('requests', () => {
    expect(discoInfoRequest().toString()).toBe(`<query xmlns='${INFO}'/>`)
    expect(discoItemsRequest('music').toString()).toBe(`<query xmlns='${ITEMS}' node='music'/>`)
  })

  test('§3.1: information goes there and back', () => {
    const form = parseXml("<x xmlns='jabber:x:data' type='result'/>")
    const info = {
      node: 'n',
      identities: [
        { category: 'conference', type: 'text', name: 'Play-Specific Chatrooms', lang: 'en' },
        { category: 'directory', type: 'chatroom' },
      ],
      features: ['a', 'b'],
      extensions: [form],
    }
    expect(readDiscoInfo(discoInfoElement(info))).toEqual(info)
  })

  test('§3.1: "every identity MUST have a category and a type", every feature a var: others are left out', () => {
    const query = parseXml(
      `<query xmlns='${INFO}'><identity category='x'/><identity type='y'/><feature/><feature var='f'/></query>`,
    )
    expect(readDiscoInfo(query)).toEqual({ identities: [], features: ['f'], extensions: [] })
  })

  test('§4.1: "the jid attribute MUST" be there', () => {
    const items = [{ jid: 'a@example.com' }, { jid: 'b@example.com', node: 'n', name: 'B' }]
    expect(readDiscoItems(discoItemsElement(items))).toEqual(items)
    expect(readDiscoItems(parseXml(`<query xmlns='${ITEMS}'><item node='n'/></query>`))).toEqual([])
  })
})

describe('XEP-0030: the server', () => {
  const music = defineServerModule({
    name: 'music',
    requires: ['disco'],
    setup: (host) => [
      host.discovery.addItem({ jid: 'music.example.com', name: 'Music' }),
      host.use(discoNodes).addNode('music', {
        info: () => ({ identities: [{ category: 'hierarchy', type: 'leaf' }], features: [], extensions: [] }),
        items: () => [{ jid: 'example.com', node: 'song' }],
      }),
      host.use(discoNodes).addExtension(() => parseXml("<x xmlns='jabber:x:data' type='result'/>")),
      host
        .use(discoNodes)
        .addNodes((node) =>
          node === 'later'
            ? { info: () => ({ identities: [], features: ['found'], extensions: [] }), items: () => [] }
            : undefined,
        ),
    ],
  })
  const open = () => Scene.open([discoServer, music], { accounts: ['romeo@example.com', 'juliet@example.com'] })

  test('§3.1: "MUST include at least one identity", and the features disco#info and disco#items', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(get(INFO, 'example.com'))
    const info = readDiscoInfo(answer.elements()[0] ?? answer)
    expect(info.identities).toEqual([{ category: 'server', type: 'im', name: 'Parlour' }])
    expect(info.features).toEqual(expect.arrayContaining([INFO, ITEMS]))
    expect(info.extensions).toHaveLength(1)
  })

  test('§4.1: items of the server', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(get(ITEMS, 'example.com'))
    expect(readDiscoItems(answer.elements()[0] ?? answer)).toEqual([{ jid: 'music.example.com', name: 'Music' }])
  })

  test('§3.2: "the node attribute MUST be mirrored"; a node nobody knows is item-not-found', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const info = await romeo.request(get(INFO, 'example.com', 'music'))
    expect(readDiscoInfo(info.elements()[0] ?? info)).toMatchObject({ node: 'music', identities: [{ type: 'leaf' }] })
    const items = await romeo.request(get(ITEMS, 'example.com', 'music'))
    expect(items.elements()[0]?.attribute('node')).toBe('music')
    expect(readDiscoItems(items.elements()[0] ?? items)).toEqual([{ jid: 'example.com', node: 'song' }])
    const later = await romeo.request(get(INFO, 'example.com', 'later'))
    expect(readDiscoInfo(later.elements()[0] ?? later).features).toEqual(['found'])
    expect(condition(await romeo.request(get(INFO, 'example.com', 'none')))).toBe('item-not-found')
  })

  test('an account shows its owner its resources; §8: to strangers it is as if it did not exist', async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    const juliet = await scene.online('juliet@example.com/balcony')
    const answer = await romeo.request(get(ITEMS, 'romeo@example.com'))
    expect(readDiscoItems(answer.elements()[0] ?? answer)).toEqual([{ jid: 'romeo@example.com/orchard' }])
    const info = await romeo.request(get(INFO, 'romeo@example.com'))
    expect(readDiscoInfo(info.elements()[0] ?? info).identities).toEqual([{ category: 'account', type: 'registered' }])
    for (const to of ['romeo@example.com', 'nobody@example.com'])
      expect(condition(await juliet.request(get(INFO, to)))).toBe('service-unavailable')
  })
})
