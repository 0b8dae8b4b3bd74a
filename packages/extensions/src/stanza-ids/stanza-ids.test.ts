import { parseJid } from '@parlour/jid'
import { Message, message } from '@parlour/stanza'
import { el, parseXml } from '@parlour/xml'
import { describe, expect, test, vi } from 'vitest'
import { delayServer } from '../delay/server.ts'
import { discoServer } from '../disco/server.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { stanzaIdsClient } from './client.ts'
import { stanzaIdsServer } from './server.ts'
import {
  originIdElement,
  readOriginId,
  readStanzaId,
  STANZA_IDS_NAMESPACE,
  stanzaIdElement,
  withoutStanzaIdsBy,
  withStanzaId,
} from './wire.ts'

const accounts = ['romeo@example.com', 'juliet@example.com']
const ROMEO = parseJid('romeo@example.com')
const ROOM = parseJid('room@muc.example.com')

describe('XEP-0359 §2, §3', () => {
  test('ids there and back', () => {
    const sent = message({ to: ROOM, children: [originIdElement('o')] })
    const read = parseXml(withStanzaId(sent, { id: 's', by: ROOM }).toString())
    expect([readStanzaId(read, ROOM), readOriginId(read)]).toEqual([{ id: 's', by: 'room@muc.example.com' }, 'o'])
    expect([readStanzaId(read, ROMEO), readOriginId(message({}))]).toEqual([undefined, undefined])
  })

  test('rule 4: "at most one … with the same XMPP address as value of the \'by\' attribute"', () => {
    const given = withStanzaId(withStanzaId(message({ body: 'x' }), { id: '1', by: ROOM }), { id: '2', by: ROOM })
    expect(given.childrenNamed('stanza-id', STANZA_IDS_NAMESPACE).map((each) => each.attribute('id'))).toEqual(['2'])
    const other = withStanzaId(given, { id: '3', by: ROMEO })
    expect([readStanzaId(other, ROOM)?.id, readStanzaId(other, ROMEO)?.id]).toEqual(['2', '3'])
    const twice = message({ children: ['1', '2'].map((id) => stanzaIdElement({ id, by: ROOM.toString() })) })
    expect(readStanzaId(twice, ROOM)).toBeUndefined()
  })

  test('rule 7: addresses "are normalized": what a receiver would take for the account is taken out', () => {
    for (const by of ['romeo@example.com', 'Romeo@Example.COM', 'ROMEO@example.com'])
      expect(withoutStanzaIdsBy(message({ children: [stanzaIdElement({ id: '1', by })] }), ROMEO).children).toEqual([])
  })

  test('rule 3: others are left alone, and nothing is copied for them', () => {
    const children = [
      ...['room@muc.example.com', 'romeo@example.com/orchard', 'example.com', '@', ''].map((by) =>
        stanzaIdElement({ id: '1', by }),
      ),
      el('stanza-id', STANZA_IDS_NAMESPACE, { id: '1' }),
      el('stanza-id', 'urn:x', { id: '1', by: 'romeo@example.com' }),
      originIdElement('1'),
    ]
    const sent = message({ children })
    expect(withoutStanzaIdsBy(sent, ROMEO)).toBe(sent)
  })

  test('rules 5 and 6: without an id it is none', () => {
    const children = [el('stanza-id', STANZA_IDS_NAMESPACE, { by: 'romeo@example.com' }), originIdElement('')]
    const sent = message({ children })
    expect([readStanzaId(sent, ROMEO), readOriginId(sent)]).toEqual([undefined, undefined])
  })
})

describe('XEP-0359: the server', () => {
  const forged = (by: string) => stanzaIdElement({ id: 'forged', by })

  test('§3, rule 2: ids in the name of the receiver "MUST" be deleted, and those in the name of the sender', async () => {
    const scene = await Scene.open([delayServer, stanzaIdsServer], { accounts })
    const romeo = await scene.online('romeo@example.com/orchard')
    const juliet = await scene.online('juliet@example.com/balcony')
    romeo.take()
    const children = [...accounts, 'room@muc.example.com'].map(forged)
    await juliet.send(message({ to: 'romeo@example.com', body: 'x', children: [...children, originIdElement('o')] }))
    const [received] = romeo.take()
    expect(received?.elements().map((each) => each.attribute('by') ?? each.name)).toEqual([
      'body',
      'room@muc.example.com',
      'origin-id',
    ])
  })

  test('§5: the server and its accounts announce it', async () => {
    const scene = await Scene.open([discoServer, stanzaIdsServer], { accounts })
    const romeo = await scene.connect('romeo@example.com/orchard')
    for (const to of ['example.com', 'romeo@example.com']) {
      const info = await romeo.request(
        `<iq type='get' id='1' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
      )
      expect(info.toString()).toContain("var='urn:xmpp:sid:0'")
    }
  })
})

describe('XEP-0359: the client', () => {
  const given = (fields: Parameters<typeof message>[0], by: string) =>
    new Message(message({ ...fields, children: [stanzaIdElement({ id: '1', by })] }))

  test('§2.2: messages have an origin id', async () => {
    const scene = await Scene.open([stanzaIdsServer], { accounts })
    await using romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.online('juliet@example.com/balcony')
    juliet.take()
    romeo.use(stanzaIdsClient)
    const to = 'juliet@example.com/balcony'
    await romeo.send(message({ to, id: 'mine' }))
    await romeo.send(message({ to, body: 'x' }))
    await romeo.send(message({ to, children: [originIdElement('own')] }))
    await romeo.send(message({ to, id: 'e', type: 'error' }))
    await settled()
    const [first, second, third, error] = juliet.take()
    expect(first && readOriginId(first)).toBe('mine')
    expect(second && readOriginId(second)).toMatch(/^[0-9a-f]{32}$/)
    expect(second && readOriginId(second)).toBe(second?.attribute('id'))
    expect(third?.childrenNamed('origin-id', STANZA_IDS_NAMESPACE).map((each) => each.attribute('id'))).toEqual(['own'])
    expect(error && readOriginId(error)).toBeUndefined()
  })

  test('§6: an id counts if who gave it announces to keep the rules; they are asked once', async () => {
    const scene = await Scene.open([discoServer, stanzaIdsServer], { accounts })
    await using romeo = await scene.client('romeo@example.com/orchard')
    const asked = vi.spyOn(romeo.iq, 'get')
    const ids = romeo.use(stanzaIdsClient)
    const chat = given({ from: 'juliet@example.com/balcony', type: 'chat' }, 'romeo@example.com')
    for (let time = 0; time < 2; time++) expect(await ids.idOf(chat)).toEqual({ id: '1', by: 'romeo@example.com' })
    expect(asked).toHaveBeenCalledOnce()
    expect(await ids.idOf(given({ type: 'chat' }, 'juliet@example.com'))).toBeUndefined()
    expect(asked).toHaveBeenCalledOnce()
    const room = given({ from: 'juliet@example.com/Nurse', type: 'groupchat' }, 'juliet@example.com')
    expect(await ids.idOf(room)).toBeUndefined()
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('§6: of a server that does not announce them, ids do not count', async () => {
    const scene = await Scene.open([discoServer], { accounts })
    await using romeo = await scene.client('romeo@example.com/orchard')
    expect(await romeo.use(stanzaIdsClient).idOf(given({ type: 'chat' }, 'romeo@example.com'))).toBeUndefined()
  })
})
