import { parseJid } from '@parlour/jid'
import { type Element, parseXml as parse } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { chat, condition, friends, get, iago, juliet, line, listed, romeo, set } from './blocking.fixture.ts'
import { BLOCKING_NAMESPACE } from './wire.ts'

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
