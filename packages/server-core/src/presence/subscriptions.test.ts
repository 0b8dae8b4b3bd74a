import { rosterGet, rosterRemoval, rosterUpdate } from '@parlour/roster'
import { createMemoryStorage } from '@parlour/storage'
import { el } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REQUEST_STORE, ROSTER_STORE } from '../roster/roster-store.ts'
import { type Client, Scene, settled } from './scene.fixture.ts'

const romeo = 'romeo@example.net'
const juliet = 'juliet@example.com'

async function scene() {
  const stage = await Scene.open(createMemoryStorage(), romeo, juliet)
  return {
    stage,
    r: await stage.online(`${romeo}/orchard`, rosterGet()),
    j: await stage.online(`${juliet}/balcony`, rosterGet()),
  }
}

async function befriend(r: Client, j: Client): Promise<void> {
  await r.presence({ to: juliet, type: 'subscribe' })
  await j.presence({ to: romeo, type: 'subscribed' })
  await j.presence({ to: romeo, type: 'subscribe' })
  await r.presence({ to: juliet, type: 'subscribed' })
  r.raw()
  j.raw()
}

describe('RFC 6121 §3.1: requesting a subscription', () => {
  it('§3.1.2: stamped with the bare JID, a full `to` reduced, then a push with ask', async () => {
    const { r, j } = await scene()
    await r.presence({ to: `${juliet}/balcony`, type: 'subscribe', id: 'x' })
    expect(r.look()).toEqual([`iq set → ${romeo}/orchard [${juliet} none ask]`])
    expect(j.raw()).toEqual([`<presence to='${juliet}' id='x' type='subscribe' from='${romeo}'/>`])
  })

  it('§3.1.3: no roster item and no push until the contact approves', async () => {
    const { r, j } = await scene()
    await r.presence({ to: juliet, type: 'subscribe' })
    j.raw()
    await j.get(rosterGet())
    expect(j.look()).toEqual([`iq result → ${juliet}/balcony []`])
  })

  it('§3.1.5, §3.1.6: approval: "subscribed" to interested resources before the push, then current presence', async () => {
    const { r, j } = await scene()
    await r.presence({ to: juliet, type: 'subscribe' })
    r.raw()
    j.raw()
    await j.presence({ to: romeo, type: 'subscribed' })
    expect(j.look()).toEqual([`iq set → ${juliet}/balcony [${romeo} from]`])
    expect(r.look()).toEqual([
      `presence subscribed ${juliet} → ${romeo}`,
      `iq set → ${romeo}/orchard [${juliet} to]`,
      `presence ${juliet}/balcony → ${romeo}`,
    ])
  })

  it('§3.1.3 rule 2: "the contact\'s server MUST auto-reply" when the user is subscribed already', async () => {
    const { r, j } = await scene()
    await befriend(r, j)
    await r.presence({ to: juliet, type: 'subscribe' })
    expect(j.look()).toEqual([])
    expect(r.look().filter((each) => each.includes('error'))).toEqual([])
  })

  it('a request to oneself and one to nobody are ignored, one without an address is refused', async () => {
    const { r } = await scene()
    await r.presence({ to: romeo, type: 'subscribe' })
    expect(r.look()).toEqual([])
    await r.presence({ to: 'nobody@example.com', type: 'subscribe' })
    expect(r.look()).toEqual([`iq set → ${romeo}/orchard [nobody@example.com none ask]`])
    await r.presence({ type: 'subscribe' })
    expect(r.look()).toEqual([`presence error → ${romeo} !bad-request`])
  })
})

describe('RFC 6121 §3.1.3: requests to one who is offline', () => {
  const message = el('message-of-the-day', 'urn:example', {}, 'O!')

  it('the "complete presence stanza" is kept, at most one of each user, for every new available resource', async () => {
    const storage = createMemoryStorage()
    const stage = await Scene.open(storage, romeo, juliet)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    await r.presence({ to: juliet, type: 'subscribe', status: 'first', children: [message] })
    await r.presence({ to: juliet, type: 'subscribe', status: 'second' })
    const after = await Scene.open(storage)
    for (const resource of ['balcony', 'chamber']) {
      const j = await after.connect(`${juliet}/${resource}`)
      await j.presence()
      const [request, ...others] = j.raw().filter((text) => text.includes("type='subscribe'"))
      expect(others).toEqual([])
      expect(request).toContain('<status>first</status>')
      expect(request).toContain(message.toString())
    }
  })

  it('"until the contact either approves or denies the request"', async () => {
    const storage = createMemoryStorage()
    const stage = await Scene.open(storage, romeo, juliet)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    await r.presence({ to: juliet, type: 'subscribe' })
    expect((await storage.list(REQUEST_STORE, juliet)).size).toBe(1)
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    await j.presence({ to: romeo, type: 'unsubscribed' })
    expect((await storage.list(REQUEST_STORE, juliet)).size).toBe(0)
    expect([...(await storage.list(ROSTER_STORE, juliet)).keys()]).toEqual(['/version'])
    const again = await stage.connect(`${juliet}/chamber`)
    await again.presence()
    expect(again.look().filter((each) => each.includes('subscribe'))).toEqual([])
  })
})

describe('RFC 6121 §3.2: cancelling', () => {
  it('§3.2.2: unavailable presence from all resources, then "unsubscribed", then the push', async () => {
    const { r, j } = await scene()
    await befriend(r, j)
    await j.presence({ to: romeo, type: 'unsubscribed' })
    expect(r.look()).toEqual([
      `presence unavailable ${juliet}/balcony → ${romeo}`,
      `presence unsubscribed ${juliet} → ${romeo}`,
      `iq set → ${romeo}/orchard [${juliet} from]`,
    ])
    expect(j.look()).toEqual([`iq set → ${juliet}/balcony [${romeo} to]`])
    await j.presence({ show: 'away' })
    expect(r.look()).toEqual([])
  })

  it('§3.2.3: a cancellation of nothing is "silently" ignored', async () => {
    const { r, j } = await scene()
    await j.presence({ to: romeo, type: 'unsubscribed' })
    expect([...r.look(), ...j.look()]).toEqual([])
  })
})

describe('RFC 6121 §3.3: unsubscribing', () => {
  it('§3.3.3: delivered before the push, unavailable presence and "unsubscribed" back', async () => {
    const { r, j } = await scene()
    await befriend(r, j)
    await r.presence({ to: juliet, type: 'unsubscribe' })
    expect(j.look()).toEqual([`presence unsubscribe ${romeo} → ${juliet}`, `iq set → ${juliet}/balcony [${romeo} to]`])
    const seen = r.look()
    expect(seen).toContain(`iq set → ${romeo}/orchard [${juliet} from]`)
    expect(seen).toContain(`presence unavailable ${juliet}/balcony → ${romeo}`)
  })
})

describe('RFC 6121 §3.4: pre-approval', () => {
  it('is pushed, not routed, and answers the request', async () => {
    const { r, j } = await scene()
    await j.presence({ to: romeo, type: 'subscribed' })
    expect(j.look()).toEqual([`iq set → ${juliet}/balcony [${romeo} none approved]`])
    expect(r.look()).toEqual([])
    await r.presence({ to: juliet, type: 'subscribe' })
    expect(j.look()).toEqual([`iq set → ${juliet}/balcony [${romeo} from approved]`])
    expect(r.look()).toEqual([
      `iq set → ${romeo}/orchard [${juliet} none ask]`,
      `presence subscribed ${juliet} → ${romeo}`,
      `iq set → ${romeo}/orchard [${juliet} to]`,
      `presence ${juliet}/balcony → ${romeo}`,
    ])
  })

  it('is announced, as versions are', async () => {
    const { stage } = await scene()
    const features = stage.kernel.router
      .host('example.com')
      ?.features('authenticated', { maxStanzaBytes: 10_000 })
      .map(String)
    expect(features).toContain("<sub xmlns='urn:xmpp:features:pre-approval'/>")
    expect(features).toContain("<ver xmlns='urn:xmpp:features:rosterver'/>")
  })
})

describe('RFC 6121 §2.5.2: removing an item', () => {
  it('sends "unsubscribe" and "unsubscribed" for a mutual subscription, and unavailable presence', async () => {
    const { r, j } = await scene()
    await befriend(r, j)
    await r.set(rosterRemoval(juliet))
    const seen = r.look()
    expect(seen.filter((each) => each.startsWith('iq'))).toEqual([
      `iq set → ${romeo}/orchard [${juliet} remove]`,
      `iq result → ${romeo}/orchard`,
    ])
    expect(j.look()).toEqual([
      `presence unavailable ${romeo}/orchard → ${juliet}`,
      `presence unsubscribe ${romeo} → ${juliet}`,
      `iq set → ${juliet}/balcony [${romeo} to]`,
      `presence unsubscribed ${romeo} → ${juliet}`,
      `iq set → ${juliet}/balcony [${romeo} none]`,
    ])
  })

  it('the contact can be added and asked again', async () => {
    const { r, j } = await scene()
    await befriend(r, j)
    await r.set(rosterRemoval(juliet))
    await r.set(rosterUpdate(juliet, 'Juliet'))
    await befriend(r, j)
    await r.get(rosterGet())
    expect(r.look()).toEqual([`iq result → ${romeo}/orchard [${juliet} both]`])
  })
})

describe('what was answered survives', () => {
  it('subscriptions are there after a restart', async () => {
    const storage = createMemoryStorage()
    const stage = await Scene.open(storage, romeo, juliet)
    await befriend(
      await stage.online(`${romeo}/orchard`, rosterGet()),
      await stage.online(`${juliet}/balcony`, rosterGet()),
    )
    const after = await Scene.open(storage)
    const r = await after.connect(`${romeo}/orchard`)
    await r.get(rosterGet())
    expect(r.look()).toEqual([`iq result → ${romeo}/orchard [${juliet} both]`])
  })

  it('a request that was lost between two rosters is repeated at the next sign-in', async () => {
    const storage = createMemoryStorage()
    const stage = await Scene.open(storage, romeo, juliet)
    const ask = { at: 1, ask: true }
    await storage.commit([
      { type: 'put', store: ROSTER_STORE, owner: romeo, key: juliet, value: ask },
      {
        type: 'put',
        store: ROSTER_STORE,
        owner: romeo,
        key: '/version',
        value: { epoch: 'e', sequence: 1, forgotten: 0 },
      },
    ])
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    await stage.online(`${romeo}/orchard`, rosterGet())
    expect(j.look()).toEqual([`presence subscribe ${romeo} → ${juliet}`])
  })

  it('both sides at once, a hundred times: no waiting in a circle', async () => {
    const { r, j } = await scene()
    for (let round = 0; round < 100; round++) {
      const type = (['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'] as const)[round % 4] ?? 'subscribe'
      await Promise.all([r.presence({ to: juliet, type }), j.presence({ to: romeo, type })])
    }
    await r.presence({ show: 'away' })
    expect(r.look().at(-1)).toBe(`presence ${romeo}/orchard → ${romeo} away`)
  })

  it('whatever both sides did at once, after the next sign-in nobody believes in a subscription the other denies', async () => {
    const action = fc.record({
      side: fc.constantFrom(0, 1),
      type: fc.constantFrom('subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'remove', 'pause' as const),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const { stage, r, j } = await scene()
        const clients = [r, j] as const
        const going: Promise<void>[] = []
        for (const { side, type } of actions) {
          const client = clients[side] as Client
          const contact = side === 0 ? juliet : romeo
          if (type === 'pause') await settled()
          else if (type === 'remove') going.push(client.set(rosterRemoval(contact)))
          else going.push(client.presence({ to: contact, type: type as 'subscribe' }))
        }
        await Promise.all(going)
        await settled()
        for (const address of [`${romeo}/new`, `${juliet}/new`, `${romeo}/newer`])
          await stage.online(address, rosterGet())
        const shown = await Promise.all([romeo, juliet].map((account) => subscriptionOf(stage, account)))
        for (const [one, other] of [shown, [...shown].reverse()]) {
          if (one === 'to' || one === 'both') expect(['from', 'both']).toContain(other)
        }
        expect(stage.errors).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  async function subscriptionOf(stage: Scene, account: string): Promise<string | undefined> {
    const client = await stage.connect(`${account}/look`)
    await client.get(rosterGet())
    return /subscription='(\w+)'/.exec(client.raw()[0] ?? '')?.[1]
  }
})
