import type { Stanza } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsServer } from '../carbons/server.ts'
import { openPush } from '../push/push.fixture.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { chat, condition, iago, juliet, line, romeo, set } from './blocking.fixture.ts'
import { blockingServer } from './server.ts'

const remote = 'mercutio@elsewhere.example'

/** Juliet, and a contact on another server: what goes there is seen. */
async function abroad() {
  const scene = await Scene.open([blockingServer, carbonsServer], {
    accounts: [juliet, romeo, iago],
    domains: ['example.com', 'example.net'],
  })
  await scene.storage.commit([
    { type: 'put', store: 'roster', owner: juliet, key: remote, value: { at: 1, subscription: 'both' } },
    {
      type: 'put',
      store: 'roster',
      owner: juliet,
      key: '/version',
      value: { epoch: 'e', sequence: 1, forgotten: 0 },
    },
  ])
  const sent: Stanza[] = []
  scene.kernel.federation = { send: (stanza: Stanza) => void sent.push(stanza) } as never
  const arrive = async (text: string) => {
    const element = parseXml(text.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"))
    await scene.kernel.router.send(element)
    await settled()
  }
  const left = () => sent.splice(0).map(({ element }) => line(element))
  return { scene, arrive, left }
}

describe('XEP-0191 §3.3 between servers', () => {
  test.each([
    ['the contact', remote],
    ['its server', 'elsewhere.example'],
  ])('%s is blocked: nothing leaves for it, from signing in to the end', async (_, address) => {
    const { scene, left } = await abroad()
    const first = await scene.connect(`${juliet}/first`)
    await first.request(set('block', address))
    expect(left()).toEqual([])
    const j = await scene.online(`${juliet}/balcony`)
    await j.send('<presence><show>away</show></presence>')
    expect(left()).toEqual([])
    await j.send(chat(remote))
    await j.send(`<presence type='subscribe' to='${remote}' id='m'/>`)
    await j.send(`<presence type='probe' to='${remote}' id='m'/>`)
    await j.send(`<iq type='get' id='m' to='${remote}/street'><q xmlns='urn:x'/></iq>`)
    expect(j.take().map(condition).filter(Boolean)).toEqual(Array(4).fill('not-acceptable'))
    await j.disconnect()
    expect(left()).toEqual([])
  })

  test('it is told once that the account leaves, and asked nothing more', async () => {
    const { scene, left } = await abroad()
    const j = await scene.online(`${juliet}/balcony`)
    expect(left()).toEqual([`presence ${juliet}/balcony ${remote}`, `presence probe ${juliet} ${remote}`].sort())
    await j.request(set('block', remote))
    expect(left()).toEqual([`presence unavailable ${juliet}/balcony ${remote}`])
    await j.disconnect()
    expect(left()).toEqual([])
  })

  test.each([
    ['messages', chat(`${juliet}/balcony`), ['service-unavailable']],
    ['messages to the account', chat(juliet), ['service-unavailable']],
    [
      'requests to the account',
      `<iq type='get' id='m' to='${juliet}'><q xmlns='urn:x'/></iq>`,
      ['service-unavailable'],
    ],
    ['requests', `<iq type='get' id='m' to='${juliet}/balcony'><q xmlns='urn:x'/></iq>`, ['service-unavailable']],
    ['presence', `<presence to='${juliet}'/>`, []],
    ['directed presence', `<presence to='${juliet}/balcony'/>`, []],
    ['probes', `<presence type='probe' to='${juliet}'/>`, []],
    ['subscriptions', `<presence type='subscribe' to='${juliet}'/>`, []],
    ['errors', `<message type='error' to='${juliet}/balcony'/>`, []],
  ])('what arrives: %s', async (_, stanza, answers) => {
    const { scene, arrive, left } = await abroad()
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', 'elsewhere.example'))
    left()
    j.take()
    await arrive(stanza.replace(/^<(\w+)/, `<$1 from='${remote}/street'`))
    expect(j.take()).toEqual([])
    expect(left().map((each) => each.split(' ').at(-1))).toEqual(answers)
  })
})

describe('what follows from a message', () => {
  test('what is refused is not copied to other devices (XEP-0280), neither way', async () => {
    const { scene, arrive } = await abroad()
    const [balcony, garden] = [await scene.online(`${juliet}/balcony`), await scene.online(`${juliet}/garden`)]
    await garden.request("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    await garden.request(set('block', remote))
    for (const each of [balcony, garden]) each.take()
    await balcony.send(chat(remote))
    await arrive(chat(`${juliet}/balcony`).replace('<message', `<message from='${remote}/street'`))
    expect(garden.take()).toEqual([])
    expect(balcony.take().map(condition)).toEqual(['not-acceptable'])
  })

  test('nobody is woken for it (XEP-0357)', async () => {
    const { scene, service, away, chat: say } = await openPush({}, undefined, [blockingServer])
    await away()
    const desk = await scene.connect('juliet@example.com/desk')
    await desk.request(set('block', 'romeo@example.com'))
    await say('1')
    expect(service.take()).toEqual([])
  })
})

test('at its sign-in, the account hears nothing of a contact that it has blocked', async () => {
  const scene = await Scene.open([blockingServer], {
    accounts: [juliet, romeo],
    domains: ['example.com', 'example.net'],
  })
  for (const [owner, key] of [
    [juliet, romeo],
    [romeo, juliet],
  ] as const)
    await scene.storage.commit([
      { type: 'put', store: 'roster', owner, key, value: { at: 1, subscription: 'both' } },
      { type: 'put', store: 'roster', owner, key: '/version', value: { epoch: 'e', sequence: 1, forgotten: 0 } },
    ])
  await scene.online(`${romeo}/orchard`)
  const first = await scene.connect(`${juliet}/first`)
  await first.request(set('block', romeo))
  const j = await scene.online(`${juliet}/balcony`)
  expect(j.take().filter((each) => each.attribute('from')?.startsWith('romeo'))).toEqual([])
})
