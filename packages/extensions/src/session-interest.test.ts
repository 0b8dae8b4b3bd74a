import { createMemoryStorage } from '@parlour/storage'
import { expect, test } from 'vitest'
import { blockingServer } from './blocking/server.ts'
import { blockElement, blocklistRequest } from './blocking/wire.ts'
import { displayedSynchronizationServer } from './displayed-synchronization/server.ts'
import { displayedItemsElement, displayedPublication } from './displayed-synchronization/wire.ts'
import { Scene, settled } from './scene.fixture.ts'

const JULIET = 'juliet@example.com'
const displayed = displayedPublication({ conversation: 'romeo@example.net', message: { id: '1', by: JULIET } })

test.each([
  ['XEP-0191 §3.3: the blocklist', blockingServer, blocklistRequest(), blockElement(['iago@example.net']), '<block '],
  ['XEP-0490 §4.4: what was displayed', displayedSynchronizationServer, displayedItemsElement(), displayed, '<event '],
] as const)(
  '%s: who asked for it hears of its changes, also after a restart that its session outlives',
  async (...row) => {
    const [, module, asking, change, news] = row
    const storage = createMemoryStorage()
    const open = (accounts: string[]) => Scene.open([module], { accounts, storage })
    const before = await open([JULIET])
    const balcony = await before.connect(`${JULIET}/balcony`)
    const previd = await balcony.manage()
    await balcony.request(`<iq type='get' id='1'>${asking}</iq>`)
    await settled()

    const after = await open([])
    const resumed = await after.resume(balcony, previd, 1)
    resumed.take()
    const chamber = await after.connect(`${JULIET}/chamber`)
    await chamber.request(`<iq type='set' id='2'>${change}</iq>`)
    expect(resumed.take().map(String).join('')).toContain(news)
  },
)
