import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { type Element, parseXml as parse } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { offlineServer } from '../offline/server.ts'
import { Scene, type SceneOptions, settled } from '../scene.fixture.ts'
import { blockingServer } from './server.ts'
import { BLOCKING_NAMESPACE, blockElement, matchesBlocked, readBlockItems, unblockElement } from './wire.ts'

const juliet = 'juliet@example.com'
const romeo = 'romeo@example.net'
const iago = 'iago@example.net'
const accounts = [juliet, romeo, iago]
const domains = ['example.com', 'example.net']

/** Juliet and Romeo are friends. */
async function friends(options: SceneOptions = {}) {
  const storage = createMemoryStorage()
  for (const [owner, key] of [
    [juliet, romeo],
    [romeo, juliet],
  ] as const)
    await storage.commit([
      { type: 'put', store: 'roster', owner, key, value: { at: 1, subscription: 'both' } },
      { type: 'put', store: 'roster', owner, key: '/version', value: { epoch: 'e', sequence: 1, forgotten: 0 } },
    ])
  return Scene.open([discoServer, blockingServer, offlineServer], { accounts, domains, storage, ...options })
}

const items = (jids: readonly string[]) => jids.map((jid) => `<item jid='${jid}'/>`).join('')
const set = (name: string, ...jids: string[]) =>
  `<iq type='set' id='s'><${name} xmlns='urn:xmpp:blocking'>${items(jids)}</${name}></iq>`
const get = "<iq type='get' id='g'><blocklist xmlns='urn:xmpp:blocking'/></iq>"
const chat = (to: string) => `<message type='chat' id='m' to='${to}'><body>Can you hear me now?</body></message>`
const listed = (answer: Element) => readBlockItems(answer.elements()[0] as Element).map(String)
const condition = (answer: Element | undefined) => answer?.child('error')?.elements()[0]?.name
const line = (each: Element) =>
  [each.name, each.attribute('type'), each.attribute('from'), each.attribute('to'), condition(each)]
    .filter((part) => part !== undefined)
    .join(' ')

describe('XEP-0191 §3.1 to §3.5: the list', () => {
  test('§3.1: "it MUST return a feature of urn:xmpp:blocking"', async () => {
    const scene = await friends()
    const j = await scene.connect(`${juliet}/balcony`)
    const info = await j.request(
      "<iq type='get' id='2' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(info.toString()).toContain(`var='${BLOCKING_NAMESPACE}'`)
  })

  test('is got, added to, taken from and emptied, and survives its sessions and the server', async () => {
    const scene = await friends()
    const j = await scene.connect(`${juliet}/balcony`)
    expect(listed(await j.request(get))).toEqual([])
    expect((await j.request(set('block', 'Romeo@Example.NET', iago))).attribute('type')).toBe('result')
    expect(listed(await j.request(get))).toEqual([romeo, iago])
    await j.disconnect()
    const again = await friends({ storage: scene.storage, accounts: [] })
    const later = await again.connect(`${juliet}/balcony`)
    expect(listed(await later.request(get))).toEqual([romeo, iago].sort())
    await later.request(set('unblock', romeo))
    expect(listed(await later.request(get))).toEqual([iago])
    await later.request(set('unblock'))
    expect(listed(await later.request(get))).toEqual([])
    expect(await scene.storage.list('blocking/addresses', juliet)).toEqual(new Map())
  })

  test('"to all of the user\'s resources that have requested the blocklist", and to no others', async () => {
    const scene = await friends()
    const [balcony, chamber, garden] = [
      await scene.connect(`${juliet}/balcony`),
      await scene.connect(`${juliet}/chamber`),
      await scene.connect(`${juliet}/garden`),
    ]
    await balcony.request(get)
    await chamber.request(get)
    for (const change of [set('block', romeo), set('unblock', romeo), set('unblock')]) {
      await garden.request(change)
      const element = change.replace(/^<iq[^>]*>|<\/iq>$/g, '')
      for (const client of [balcony, chamber]) {
        const [push, ...others] = client.take()
        expect(others).toEqual([])
        expect(line(push as Element)).toBe(`iq set ${client.session.jid}`)
        expect(String(push?.elements()[0])).toBe(String(parse(element)))
      }
      expect(garden.take()).toEqual([])
    }
  })

  test.each([
    ['"does not contain at least one <item/> child element, the server MUST return a bad-request"', '', 'bad-request'],
    ['an item without an address', '<item/>', 'bad-request'],
    ['an address that is none', "<item jid='a@b@c'/>", 'jid-malformed'],
  ])('%s', async (_, content, expected) => {
    const scene = await friends()
    const j = await scene.connect(`${juliet}/balcony`)
    const answer = await j.request(
      `<iq type='set' id='s'><block xmlns='urn:xmpp:blocking'><item jid='${romeo}'/>${content}</block></iq>`.replace(
        content === '' ? `<item jid='${romeo}'/>` : '',
        '',
      ),
    )
    expect(condition(answer)).toBe(expected)
    expect(listed(await j.request(get))).toEqual([])
  })

  test('is bounded; two changes at once are both kept', async () => {
    const scene = await friends({ settings: { blocking: { maxEntries: 2 } } })
    const j = await scene.connect(`${juliet}/balcony`)
    expect(condition(await j.request(set('block', 'a@x', 'b@x', 'c@x')))).toBe('resource-constraint')
    expect(listed(await j.request(get))).toEqual([])
    await Promise.all([j.send(set('block', 'a@x')), j.send(set('block', 'b@x'))])
    j.take()
    expect(listed(await j.request(get))).toEqual(['a@x', 'b@x'])
    expect(condition(await j.request(set('block', 'c@x')))).toBe('resource-constraint')
  })

  test('a change that cannot be stored is not in force', async () => {
    const scene = await friends()
    const j = await scene.online(`${juliet}/balcony`)
    const r = await scene.online(`${romeo}/orchard`)
    const { commit } = scene.storage
    scene.storage.commit = () => Promise.reject(new Error('disk'))
    expect(condition(await j.request(set('block', romeo)))).toBe('internal-server-error')
    scene.storage.commit = commit
    j.take()
    await r.send(chat(juliet))
    expect(j.bodies()).toEqual(['Can you hear me now?'])
  })

  test("goes with the account; another's is nobody's business", async () => {
    const scene = await friends()
    const j = await scene.connect(`${juliet}/balcony`)
    await j.request(set('block', romeo))
    const r = await scene.connect(`${iago}/street`)
    expect(condition(await r.request(get.replace("id='g'", `id='g' to='${juliet}'`)))).toBe('service-unavailable')
    await scene.kernel.accounts.remove(parseJid(juliet))
    expect(await scene.storage.list('blocking/addresses', juliet)).toEqual(new Map())
    await scene.kernel.accounts.create(parseJid(juliet), 'a new password')
    const next = await scene.connect(`${juliet}/balcony`)
    expect(listed(await next.request(get))).toEqual([])
  })
})

describe('XEP-0191 §3.3: inbound', () => {
  test.each([
    [
      '"For message stanzas, the server SHOULD return an error, which SHOULD be service-unavailable"',
      chat(juliet),
      'm',
    ],
    ['to a full address too', chat(`${juliet}/balcony`), 'm'],
    ['IQ get', `<iq type='get' id='m' to='${juliet}/balcony'><q xmlns='urn:x'/></iq>`, 'm'],
    ['IQ set to the account', `<iq type='set' id='m' to='${juliet}'><q xmlns='urn:x'/></iq>`, 'm'],
    ['"For presence stanzas … MUST NOT respond"', `<presence to='${juliet}'/>`, undefined],
    ['subscriptions', `<presence type='subscribe' to='${juliet}'/>`, undefined],
    ['probes', `<presence type='probe' to='${juliet}'/>`, undefined],
    [
      '"IQ stanzas of other types MUST be silently dropped"',
      `<iq type='result' id='m' to='${juliet}/balcony'/>`,
      undefined,
    ],
    ['errors', `<message type='error' to='${juliet}/balcony'/>`, undefined],
  ])('%s', async (_, stanza, id) => {
    const scene = await friends()
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', romeo, iago))
    for (const blocked of [`${romeo}/orchard`, `${iago}/street`]) {
      const client = await scene.connect(blocked)
      j.take()
      await client.send(stanza)
      expect(j.take()).toEqual([])
      const answers = client.take()
      expect(answers.map((each) => each.attribute('id'))).toEqual(id ? [id] : [])
      if (id) expect(condition(answers[0])).toBe('service-unavailable')
    }
  })

  test('also when the account is offline: nothing is kept; and nothing that was kept before comes', async () => {
    const scene = await friends()
    const r = await scene.connect(`${romeo}/orchard`)
    const i = await scene.connect(`${iago}/street`)
    await r.send(chat(juliet))
    await i.send(`<presence type='subscribe' to='${juliet}'/>`)
    const j = await scene.connect(`${juliet}/balcony`)
    await j.request(set('block', romeo, iago))
    await j.send('<presence/>')
    expect(j.take().filter((each) => each.attribute('from')?.includes('example.net'))).toEqual([])
    await j.disconnect()
    const again = await friends({ storage: scene.storage, accounts: [] })
    const later = await again.connect(`${romeo}/orchard`)
    expect(condition(await next(later, chat(juliet)))).toBe('service-unavailable')
  })

  test('from other servers and components: whatever is routed to the account', async () => {
    const scene = await friends()
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', 'elsewhere.example', 'room@rooms.example/iago'))
    const { router } = scene.kernel
    const from = (jid: string) => stanza(`<message from='${jid}' to='${juliet}/balcony'><body>${jid}</body></message>`)
    for (const jid of ['a@elsewhere.example/x', 'elsewhere.example', 'room@rooms.example/iago', 'room@rooms.example/b'])
      await router.send(from(jid))
    expect(j.bodies()).toEqual(['room@rooms.example/b'])
  })

  test('an invitation by a room that is not blocked, from who is (XEP-0045 §7.8.2)', async () => {
    const scene = await friends()
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', iago))
    const invitation = (from: string) =>
      stanza(
        `<message from='room@rooms.example' to='${juliet}'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='${from}/x'/></x></message>`,
      )
    j.take()
    await scene.kernel.router.send(invitation(iago))
    expect(j.take()).toEqual([])
    await scene.kernel.router.send(invitation(romeo))
    expect(j.take()).toHaveLength(1)
  })
})

describe('XEP-0191 §3.3: outbound', () => {
  test.each([
    ['messages', chat(romeo)],
    ['IQs', `<iq type='get' id='m' to='${romeo}/orchard'><q xmlns='urn:x'/></iq>`],
    ['directed presence', `<presence id='m' to='${romeo}/orchard'/>`],
    ['subscription requests', `<presence type='subscribe' id='m' to='${iago}'/>`],
  ])('%s: "MUST return a not-acceptable error containing … <blocked/>"', async (_, sent) => {
    const scene = await friends()
    const r = await scene.online(`${romeo}/orchard`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', romeo, iago))
    for (const client of [r, j]) client.take()
    await j.send(sent)
    const [error, ...others] = j.take()
    expect(others).toEqual([])
    expect(condition(error)).toBe('not-acceptable')
    expect(error?.child('error')?.attribute('type')).toBe('cancel')
    expect(error?.child('error')?.child('blocked', 'urn:xmpp:blocking:errors')).toBeDefined()
    expect(r.take()).toEqual([])
    const roster = await j.request("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
    expect(roster.toString()).not.toContain(iago)
  })

  test('§4: "MUST NOT block communications from one of a user\'s resources to another"; nor to the own server', async () => {
    const scene = await friends()
    const balcony = await scene.online(`${juliet}/balcony`)
    const chamber = await scene.online(`${juliet}/chamber`)
    await balcony.request(set('block', juliet, 'example.com', `${juliet}/chamber`))
    await balcony.send(chat(`${juliet}/chamber`))
    expect(chamber.bodies()).toEqual(['Can you hear me now?'])
    const info = "<iq type='get' id='2' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    expect((await balcony.request(info)).attribute('type')).toBe('result')
  })
})

describe('XEP-0191 §3.3, §3.4: presence', () => {
  test.each([
    ['a contact', romeo],
    ['its domain', 'example.net'],
    ['one of its devices', `${romeo}/orchard`],
  ])('%s sees the account leave, stay away, and come back', async (_, address) => {
    const scene = await friends()
    const r = await scene.online(`${romeo}/orchard`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.send('<presence><show>away</show></presence>')
    for (const client of [r, j]) client.take()

    await j.request(set('block', address))
    expect(r.take().map(line)).toEqual([
      `presence unavailable ${juliet}/balcony ${address.includes('/') ? address : romeo}`,
    ])
    j.take()
    if (!address.includes('/')) {
      await j.send('<presence><show>dnd</show></presence>')
      await r.send(`<presence type='probe' to='${juliet}'/>`)
      await r.send('<presence><show>chat</show></presence>')
      const again = await scene.online(`${romeo}/garden`)
      expect(again.take().filter((each) => each.attribute('from')?.startsWith('juliet'))).toEqual([])
      expect(r.take().filter((each) => each.attribute('from')?.startsWith('juliet'))).toEqual([])
      await again.disconnect()
      await j.send('<presence><show>away</show></presence>')
    }
    expect(
      j
        .take()
        .map(line)
        .filter((each) => !each.includes(`${juliet}/balcony ${juliet}`)),
    ).toEqual([])
    r.take()
    await j.request(set('unblock'))
    const [back, ...others] = r.take()
    expect(others).toEqual([])
    expect(line(back as Element)).toBe(`presence ${juliet}/balcony ${address.includes('/') ? address : romeo}`)
    expect(back?.childText('show')).toBe('away')
  })

  test('"but only if the JID is allowed to receive presence notifications"', async () => {
    const scene = await friends()
    const i = await scene.online(`${iago}/street`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', iago))
    await j.request(set('unblock', iago))
    expect(i.take().filter((each) => each.attribute('from')?.startsWith('juliet'))).toEqual([])
  })

  test('whom presence was directed to sees it end, and does not hear of it again', async () => {
    const scene = await friends()
    const i = await scene.online(`${iago}/street`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.send(`<presence to='${iago}/street'/>`)
    i.take()
    await j.request(set('block', iago))
    expect(i.take().map(line)).toEqual([`presence unavailable ${juliet}/balcony ${iago}/street`])
    await j.disconnect()
    expect(i.take()).toEqual([])
  })

  test('what is blocked already is told nothing; still blocked by its domain, nothing comes back', async () => {
    const scene = await friends()
    const r = await scene.online(`${romeo}/orchard`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', 'example.net'))
    r.take()
    await j.request(set('block', romeo))
    await j.request(set('unblock', romeo))
    expect(r.take()).toEqual([])
  })
})

describe('XEP-0191 §5: matching', () => {
  test.each([
    ['<user@domain/resource> (only that resource matches)', 'a@x/r', ['a@x/r'], ['a@x', 'a@x/s', 'x']],
    ['<user@domain> (any resource matches)', 'a@x', ['a@x', 'a@x/r'], ['b@x', 'x']],
    ['<domain/resource> (only that resource matches)', 'x/r', ['x/r'], ['x', 'x/s', 'a@x/r']],
    [
      '<domain> (the domain itself matches, as does any user@domain or domain/resource)',
      'x',
      ['x', 'x/r', 'a@x', 'a@x/r'],
      ['y', 'a.x', 'a@y.x'],
    ],
  ])('%s', (_, entry, matching, others) => {
    const blocked = new Set([entry])
    for (const jid of matching) expect([jid, matchesBlocked(blocked, parseJid(jid))]).toEqual([jid, true])
    for (const jid of others) expect([jid, matchesBlocked(blocked, parseJid(jid))]).toEqual([jid, false])
  })

  test('a list that is written is read as it was', () => {
    const jids = fc.uniqueArray(fc.constantFrom('a@x', 'b@x', 'x', 'x/r', 'a@x/r', 'c@y/<&>'))
    fc.assert(
      fc.property(jids, (addresses) => {
        expect(readBlockItems(blockElement(addresses)).map(String)).toEqual(addresses)
        expect(readBlockItems(unblockElement([...addresses, ...addresses])).map(String)).toEqual(addresses)
      }),
    )
  })
})

test('where the list is in memory, nothing waits: neither for who blocks nobody nor for who blocks others', async () => {
  const scene = await friends()
  const j = await scene.online(`${juliet}/balcony`)
  const r = await scene.online(`${romeo}/orchard`)
  expect(r.hand(chat(juliet))).toBeUndefined()
  await j.request(set('block', iago))
  expect(r.hand(chat(juliet))).toBeUndefined()
  expect(j.hand(chat(`${romeo}/orchard`))).toBeUndefined()
  await settled()
  expect(j.bodies()).toHaveLength(2)
})

async function next(client: Awaited<ReturnType<Scene['connect']>>, stanza: string): Promise<Element | undefined> {
  await client.send(stanza)
  return client.take()[0]
}

function stanza(text: string): Element {
  return parse(text.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"))
}
