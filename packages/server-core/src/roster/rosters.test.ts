import { newItem, type Roster } from '@parlour/roster'
import { SessionDirectory } from '@parlour/routing'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import type { RosterSession } from './roster-session.ts'
import { RosterStore } from './roster-store.ts'
import { Rosters } from './rosters.ts'

function rostersOn(storage: Storage): Rosters<RosterSession> {
  const store = new RosterStore(storage, () => 'e')
  return new Rosters({ store, directory: new SessionDirectory(), isRemoved: () => false, deliver: () => {} })
}

const account = 'romeo@example.net'
const add = (jid: string) => () => ({ item: newItem(jid), changed: true, push: true })
const jids = (roster: Roster) => roster.items().map((item) => item.jid)

describe('Rosters', () => {
  it('reads once for many who ask at the same time', async () => {
    const rosters = rostersOn(createMemoryStorage())
    const [first, second] = await Promise.all([rosters.get(account), rosters.get(account)])
    expect(first).toBe(second)
    expect(rosters.get(account)).toBe(first)
  })

  it('a reading that fails is not kept', async () => {
    const storage = createMemoryStorage()
    const fault = new Error('disk')
    let faults = 1
    const store = new RosterStore(storage, () => 'e')
    const load = store.load.bind(store)
    store.load = (owner) => (faults-- > 0 ? Promise.reject(fault) : load(owner))
    const rosters = new Rosters({
      store,
      directory: new SessionDirectory<RosterSession>(),
      isRemoved: () => false,
      deliver: () => {},
    })
    await expect(rosters.get(account)).rejects.toBe(fault)
    expect((await rosters.get(account)).items()).toEqual([])
  })

  it('changes of one account are applied one after the other, whatever fails in between', async () => {
    const rosters = rostersOn(createMemoryStorage())
    const fault = new Error('no')
    const results = await Promise.allSettled([
      rosters.change(account, 'a@x', add('a@x')),
      rosters.change(account, 'b@x', () => {
        throw fault
      }),
      rosters.change(account, 'c@x', (roster) => {
        expect(jids(roster)).toEqual(['a@x'])
        return add('c@x')()
      }),
    ])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(jids(await rosters.get(account))).toEqual(['a@x', 'c@x'])
  })

  it('the next change does not wait for what follows upon the last', async () => {
    const rosters = rostersOn(createMemoryStorage())
    let release = () => {}
    const afterwards = () => new Promise<void>((resolve) => (release = resolve))
    const first = rosters.change(account, 'a@x', () => ({ ...add('a@x')(), afterwards }))
    await rosters.change(account, 'b@x', add('b@x'))
    let isDone = false
    void first.then(() => (isDone = true))
    await settled()
    expect(isDone).toBe(false)
    release()
    await first
  })

  it('what has to make room in memory is read back, and no change is lost', async () => {
    const action = fc.record({ jid: fc.constantFrom('a@x', 'b@x', 'c@x'), crowd: fc.boolean(), wait: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 8 }), async (actions) => {
        const storage = createMemoryStorage()
        const rosters = rostersOn(storage)
        const going: Promise<unknown>[] = []
        for (const { jid, crowd, wait } of actions) {
          going.push(rosters.change(account, jid, add(jid)))
          if (crowd) for (let other = 0; other < 1001; other++) going.push(Promise.resolve(rosters.get(`u${other}@x`)))
          if (wait) await Promise.resolve()
          going.push(Promise.resolve(rosters.get(account)))
        }
        await Promise.all(going)
        const expected = new Set(actions.map((each) => each.jid))
        expect(new Set(jids(await rosters.get(account)))).toEqual(expected)
        expect(new Set(jids(await new RosterStore(storage, () => 'e').load(account)))).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
})
