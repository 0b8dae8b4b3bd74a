import { rosterGet } from '@parlour/roster'
import { presence } from '@parlour/stanza'
import { describe, expect, it } from 'vitest'
import { friends, juliet, nurse, romeo, scene } from './presence.fixture.ts'

describe('RFC 6121 §4.2: initial presence', () => {
  it('goes to contacts with "from" or "both", to the own resources, and to the sender itself', async () => {
    const stage = await scene([romeo, juliet, 'from'], [romeo, nurse, 'to'], [nurse, romeo, 'from'])
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    const j2 = await stage.online(`${juliet}/chamber`, rosterGet(), { priority: -1 })
    const n = await stage.online(`${nurse}/kitchen`, rosterGet())
    j.raw()
    const other = await stage.online(`${romeo}/garden`, rosterGet())
    for (const each of [j, j2, n, other]) each.raw()
    const r = await stage.connect(`${romeo}/orchard`)
    await r.presence({ show: 'chat' })
    expect(j.look()).toEqual([`presence ${romeo}/orchard → ${juliet} chat`])
    expect(j2.look()).toEqual([`presence ${romeo}/orchard → ${juliet} chat`])
    expect(n.look()).toEqual([])
    expect(other.look()).toEqual([`presence ${romeo}/orchard → ${romeo} chat`])
    expect(r.look()).toEqual([
      `presence ${romeo}/orchard → ${romeo} chat`,
      `presence ${romeo}/garden → ${romeo}/orchard`,
      `presence ${nurse}/kitchen → ${romeo}/orchard`,
    ])
  })

  it('a resource which has not sent presence gets none', async () => {
    const stage = await scene(...friends)
    const j = await stage.connect(`${juliet}/balcony`)
    await stage.online(`${romeo}/orchard`, rosterGet())
    expect(j.look()).toEqual([])
  })

  it('a contact whose roster does not agree answers "unsubscribed" (§4.3.2), which repairs the subscription', async () => {
    const stage = await scene([romeo, juliet, 'to'])
    await stage.online(`${juliet}/balcony`, rosterGet())
    const r = await stage.connect(`${romeo}/orchard`)
    await r.get(rosterGet())
    r.raw()
    await r.presence()
    expect(r.look()).toEqual([
      `presence ${romeo}/orchard → ${romeo}`,
      `presence unsubscribed ${juliet} → ${romeo}`,
      `iq set → ${romeo}/orchard [${juliet} none]`,
    ])
  })
})

describe('RFC 6121 §4.3.2: presence probes', () => {
  const probe = (to: string) => presence({ to, type: 'probe', id: 'p' })

  it('rule 1: not authorized, or no such account: "unsubscribed" from the bare JID, with the id of the probe', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    await stage.online(`${juliet}/balcony`, rosterGet())
    for (const to of [juliet, `${juliet}/balcony`, 'nobody@example.com']) {
      const sent = stage.listen('example.com')
      await r.send(probe(to))
      const from = to.split('/')[0]
      expect(sent).toEqual([
        `<presence xmlns='jabber:client' from='${from}' to='${romeo}' id='p' type='unsubscribed'/>`,
      ])
    }
    expect(r.look()).toEqual([])
  })

  it('rule 1: "this MUST NOT result in cancellation of a subscription pre-approval"', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    await j.presence({ to: romeo, type: 'subscribed' })
    await r.send(probe(juliet))
    j.raw()
    await j.get(rosterGet())
    expect(j.look()).toEqual([`iq result → ${juliet}/balcony [${romeo} none approved]`])
  })

  it('rule 3: no available resource: "unavailable" from the bare JID, with the time', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    stage.time = Date.UTC(2026, 8, 10, 23, 41, 7)
    await j.close()
    r.raw()
    await r.send(probe(juliet))
    expect(r.raw()).toEqual([
      `<presence from='${juliet}' to='${romeo}/orchard' id='p' type='unavailable'><delay xmlns='urn:xmpp:delay' from='${juliet}' stamp='2026-09-10T23:41:07.000Z'/></presence>`,
    ])
  })

  it('rule 4: "the full XML of the last presence stanza" of each resource, with its own id', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    await stage.online(`${juliet}/balcony`, rosterGet(), { id: 'own', show: 'away', status: 'brb' })
    await stage.online(`${juliet}/chamber`, rosterGet(), { show: 'dnd' })
    r.raw()
    await r.send(probe(juliet))
    const answers = r.raw()
    expect(answers).toHaveLength(2)
    expect(answers[0]).toContain("id='own'")
    expect(answers[0]).toContain('<show>away</show><status>brb</status>')
    expect(answers[1]).toContain(`from='${juliet}/chamber'`)
  })

  it('to a full JID: only that resource, and only that it is available', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    await stage.online(`${juliet}/balcony`, rosterGet(), { show: 'away' })
    r.raw()
    await r.send(probe(`${juliet}/balcony`))
    await r.send(probe(`${juliet}/gone`))
    expect(r.look()).toEqual([
      `presence ${juliet}/balcony → ${romeo}/orchard`,
      `presence unavailable ${juliet}/gone → ${romeo}/orchard`,
    ])
  })

  it('§4.6.6: one to whom presence was directed learns of that resource alone', async () => {
    const stage = await scene()
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet(), { show: 'away' })
    await j.presence({ to: `${romeo}/orchard` })
    r.raw()
    await r.send(probe(`${juliet}/balcony`))
    const sent = stage.listen('example.com')
    await r.send(probe(juliet))
    expect(r.look()).toEqual([`presence ${juliet}/balcony → ${romeo}/orchard`])
    expect(sent[0]).toContain("type='unsubscribed'")
  })
})

describe('RFC 6121 §4.4, §4.5: changes and the end', () => {
  it('§4.4.2: a change goes to contacts and to the own resources', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    r.raw()
    await j.presence({ show: 'away' })
    expect(r.look()).toEqual([`presence ${juliet}/balcony → ${romeo} away`])
    expect(j.look()).toEqual([`presence ${juliet}/balcony → ${juliet} away`])
  })

  it('§4.5.2: graceful: "the full XML", to the sender too; the next presence is an initial one', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    r.raw()
    await j.presence({ type: 'unavailable', status: 'going on vacation' })
    expect(r.raw()[0]).toContain('<status>going on vacation</status>')
    expect(j.look()).toEqual([`presence unavailable ${juliet}/balcony → ${juliet}`])
    await r.presence({ show: 'xa' })
    expect(j.look()).toEqual([])
    await j.presence()
    expect(j.look()).toEqual([
      `presence ${juliet}/balcony → ${juliet}`,
      `presence ${romeo}/orchard → ${juliet}/balcony xa`,
    ])
  })

  it('§4.5.2: ungraceful: "the server MUST generate the unavailable presence broadcast on the user\'s behalf", once', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    const j2 = await stage.online(`${juliet}/chamber`, rosterGet())
    for (const each of [r, j, j2]) each.raw()
    await j.close()
    await j.close()
    expect(r.look()).toEqual([`presence unavailable ${juliet}/balcony → ${romeo}`])
    expect(j2.look()).toEqual([`presence unavailable ${juliet}/balcony → ${juliet}`])
    expect(j.look()).toEqual([])
  })

  it('a session that never was available ends in silence', async () => {
    const stage = await scene(...friends)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.connect(`${juliet}/balcony`)
    await j.presence({ type: 'unavailable' })
    await j.close()
    expect([...r.look(), ...j.look()]).toEqual([])
  })
})

describe('failures', () => {
  it('one contact that cannot be reached does not keep the others from hearing', async () => {
    const stage = await scene(...friends, [juliet, nurse, 'both'], [nurse, juliet, 'both'])
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    const n = await stage.online(`${nurse}/kitchen`, rosterGet())
    const fault = new Error('broken')
    r.session.deliver = () => {
      throw fault
    }
    n.raw()
    await j.presence({ show: 'away' })
    expect(n.look()).toEqual([`presence ${juliet}/balcony → ${nurse} away`])
    expect(stage.errors).toEqual([fault])
  })
})
