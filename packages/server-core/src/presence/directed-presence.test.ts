import { rosterGet } from '@parlour/roster'
import { iq, presence } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { describe, expect, it } from 'vitest'
import { friends, juliet, romeo, scene } from './presence.fixture.ts'
import { line } from './scene.fixture.ts'

const room = 'garden@example.com/r'

describe('RFC 6121 §4.6: directed presence', () => {
  it('is delivered, not repeated in broadcasts, and ended with unavailable presence', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    await j.presence({ to: `${romeo}/orchard`, show: 'chat' })
    await j.presence({ show: 'away' })
    expect(r.look()).toEqual([`presence ${juliet}/balcony → ${romeo}/orchard chat`])
    await j.close()
    expect(r.look()).toEqual([`presence unavailable ${juliet}/balcony → ${romeo}/orchard`])
  })

  it('directed unavailable presence ends it', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    await j.presence({ to: `${romeo}/orchard` })
    await j.presence({ to: `${romeo}/orchard`, type: 'unavailable' })
    r.raw()
    await j.close()
    expect(r.look()).toEqual([])
  })

  it('§4.6.1: "SHOULD remove any entity that sends unavailable presence to the user": as it is listed, for who was told', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    const j2 = await stage.online(`${juliet}/chamber`, rosterGet())
    for (const each of [j, j2]) await each.presence({ to: `${romeo}/orchard` })
    await j.presence({ to: romeo })
    await r.presence({ to: `${juliet}/balcony`, type: 'unavailable' })
    await stage.connect(`${romeo}/garden`).then((garden) => garden.presence())
    r.raw()
    const sent = stage.listen('example.com')
    for (const each of [j, j2]) await each.close()
    expect(sent.filter((stanza) => stanza.includes(romeo)).map(line)).toEqual([
      `presence unavailable ${juliet}/balcony → ${romeo}`,
      `presence unavailable ${juliet}/chamber → ${romeo}/orchard`,
    ])
  })

  it('§4.6.3, §8.5.3.1: directed to a bare JID without a session, it holds for sessions that come and go later', async () => {
    const stage = await scene()
    const j = await stage.connect(`${juliet}/balcony`)
    await j.presence({ to: romeo })
    for (const resource of ['orchard', 'garden', 'orchard']) {
      const r = await stage.online(`${romeo}/${resource}`, rosterGet())
      await r.send(iq({ type: 'get', id: 'q', to: `${juliet}/balcony`, payload: el('ping', 'urn:xmpp:ping') }))
      expect(j.look()).toEqual([`iq get ${romeo}/${resource} → ${juliet}/balcony`])
      await r.presence({ to: juliet, type: 'probe' })
      await r.close()
      expect(r.look().filter((each) => each.includes('error'))).toEqual([])
    }
  })

  it('works without initial presence', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.connect(`${juliet}/balcony`)
    await j.presence({ to: romeo })
    await j.presence({ type: 'unavailable' })
    expect(r.look()).toEqual([
      `presence ${juliet}/balcony → ${romeo}`,
      `presence unavailable ${juliet}/balcony → ${romeo}`,
    ])
  })

  it('a contact with a subscription hears of the end once', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    await j.presence({ to: `${romeo}/orchard` })
    r.raw()
    await j.close()
    expect(r.look()).toEqual([`presence unavailable ${juliet}/balcony → ${romeo}`])
  })

  it('is bounded', async () => {
    const stage = await scene()
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    for (let index = 0; index < 1000; index++) await j.session.receive(presence({ to: `${room}${index}` }))
    expect(j.look()).toEqual([])
    await j.presence({ to: `${room}1000` })
    expect(j.look()).toEqual([`presence error garden@example.com/r1000 → ${juliet}/balcony !resource-constraint`])
  })
})

describe('RFC 6121 §8.5.3.1: iq to a resource from one who must not know of it', () => {
  const ask = iq({ type: 'get', id: 'q', to: `${juliet}/balcony`, payload: el('query', 'urn:example') })

  it.each<[string, 'delivered' | 'refused', [string, string, string][], boolean]>([
    ['a stranger', 'refused', [], false],
    ['one with a subscription', 'delivered', friends, false],
    ['one to whom presence was directed', 'delivered', [], true],
    ['one who is only subscribed to', 'refused', [[juliet, romeo, 'to']], false],
  ])('%s: %s', async (_, expected, subscriptions, directs) => {
    const stage = await scene(...subscriptions)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    if (directs) await j.presence({ to: romeo })
    r.raw()
    j.raw()
    await r.send(ask)
    expect(j.look()).toHaveLength(expected === 'delivered' ? 1 : 0)
    expect(r.look()).toEqual(
      expected === 'delivered' ? [] : [`iq error ${juliet}/balcony → ${romeo}/orchard !service-unavailable`],
    )
  })
})
