import { rosterGet } from '@parlour/roster'
import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.fixture.ts'

const romeo = 'romeo@example.net'
const juliet = 'juliet@example.com'

describe('hook subscriptionRequested', () => {
  it('is told once of each request that is open, with how many there are; not of what is answered by itself', async () => {
    const stage = await Scene.open(createMemoryStorage(), romeo, juliet)
    const r = await stage.online(`${romeo}/orchard`, rosterGet())
    const j = await stage.online(`${juliet}/balcony`, rosterGet())
    const told: string[] = []
    stage.kernel.router
      .host('example.com')
      ?.hooks.add('subscriptionRequested', 'test', ({ account, contact, open }) =>
        told.push(`${contact} → ${account}: ${open}`),
      )
    await r.presence({ to: juliet, type: 'subscribe' })
    await r.presence({ to: juliet, type: 'subscribe' })
    expect(told).toEqual([`${romeo} → ${juliet}: 1`])
    await j.presence({ to: romeo, type: 'subscribed' })
    await r.presence({ to: juliet, type: 'subscribe' })
    expect(told).toHaveLength(1)
    await j.presence({ to: romeo, type: 'unsubscribed' })
    await r.presence({ to: juliet, type: 'subscribe' })
    expect(told).toHaveLength(2)
  })
})
