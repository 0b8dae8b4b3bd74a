import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { type Element, parseXml as parse } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { settled } from '../scene.fixture.ts'
import { chat, condition, friends, iago, juliet, romeo, set } from './blocking.fixture.ts'

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
    await later.send(chat(juliet))
    expect(condition(later.take()[0])).toBe('service-unavailable')
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

test('a list that could not be read is read when it is needed next: nothing has to be started again', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const before = await friends()
  const blocker = await before.online(`${juliet}/balcony`)
  await blocker.request(set('block', iago))
  await storage.commit([{ type: 'put', store: 'blocking/addresses', owner: juliet, key: iago, value: true }])
  const scene = await friends({ storage })
  const [r, i] = [await scene.connect(`${romeo}/orchard`), await scene.connect(`${iago}/street`)]
  storage.fail('unavailable', 'read')
  await r.send(chat(juliet))
  expect(r.take().map((each) => each.attribute('type'))).toEqual(['error'])
  storage.heal()
  for (const client of [r, i]) await client.send(chat(juliet))
  expect([r.take(), i.take().map(condition)]).toEqual([[], ['service-unavailable']])
})

test('XEP-0045 §7.8.2: an invitation by what is no address is like others', async () => {
  const scene = await friends()
  const j = await scene.online(`${juliet}/balcony`)
  await j.request(set('block', iago))
  j.take()
  const invite = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='@'/></x>"
  await scene.kernel.router.send(stanza(`<message from='room@rooms.example' to='${juliet}'>${invite}</message>`))
  expect(j.take()).toHaveLength(1)
})

function stanza(text: string): Element {
  return parse(text.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"))
}
