import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newItem, type RosterItem } from './item.ts'
import type { ItemRecord } from './record.ts'
import { Roster, type RosterChange, type VersionRecord } from './roster.ts'

/** Keeps what a store would keep. */
class Store {
  version: VersionRecord | undefined
  readonly records = new Map<string, ItemRecord>()

  save(change: RosterChange): void {
    this.version = structuredClone(change.version)
    for (const jid of change.forget) this.records.delete(jid)
    if (change.record) this.records.set(change.jid, structuredClone(change.record))
    else this.records.delete(change.jid)
  }

  open(remembered?: number): Roster {
    const roster = new Roster('other', remembered)
    if (this.version) roster.load(this.version, this.records)
    return roster
  }
}

function set(roster: Roster, jid: string, item: RosterItem | undefined, store = new Store()): RosterChange {
  const change = roster.plan(jid, item)
  store.save(change)
  roster.apply(change)
  return change
}

const note = (jid: string): RosterItem => ({ ...newItem(jid), pendingIn: true, listed: false })

function filled(count: number): Roster {
  const roster = new Roster('e')
  for (let index = 0; index < count; index++) set(roster, `c${index}@x`, newItem(`c${index}@x`))
  return roster
}

describe('Roster', () => {
  it('a planned change has no effect until it is applied', () => {
    const roster = new Roster('e')
    const change = roster.plan('a@x', newItem('a@x'))
    expect([roster.size, roster.version]).toEqual([0, 'e.0'])
    roster.apply(change)
    expect([roster.size, roster.version]).toEqual([1, 'e.1'])
  })

  it('lists subscribers and subscriptions, and follows changes', () => {
    const roster = new Roster('e')
    set(roster, 'a@x', { ...newItem('a@x'), subscription: 'both' })
    set(roster, 'b@x', { ...newItem('b@x'), subscription: 'from' })
    set(roster, 'c@x', { ...newItem('c@x'), subscription: 'to' })
    expect(roster.subscribers()).toEqual(['a@x', 'b@x'])
    expect(roster.subscribers()).toBe(roster.subscribers())
    expect(roster.subscriptions().map((item) => item.jid)).toEqual(['a@x', 'c@x'])
    set(roster, 'a@x', undefined)
    expect(roster.subscribers()).toEqual(['b@x'])
  })

  it('a note of a request is kept but not shown', () => {
    const roster = new Roster('e')
    set(roster, 'a@x', note('a@x'))
    expect(roster.items()).toEqual([])
    expect(roster.get('a@x')?.pendingIn).toBe(true)
  })
})

describe('RFC 6121 §2.6: versions', () => {
  it('"internal states … that would not result in a roster push … do not necessitate a change to the version"', () => {
    const roster = filled(1)
    set(roster, 'n@x', note('n@x'))
    expect(roster.version).toBe('e.1')
    set(roster, 'n@x', undefined)
    expect(roster.version).toBe('e.1')
  })

  it('nothing changed: no pushes', () => expect(filled(3).changesSince('e.3')).toEqual([]))

  it('"only the final result of all modifications", in order of modification, each with a version of its own', () => {
    const roster = filled(8)
    const since = roster.version
    set(roster, 'c1@x', { ...newItem('c1@x'), name: 'first' })
    set(roster, 'c2@x', undefined)
    set(roster, 'c3@x', { ...newItem('c3@x'), name: 'x' })
    set(roster, 'c1@x', { ...newItem('c1@x'), name: 'last' })
    expect(roster.changesSince(since)).toEqual([
      { item: 'c2@x', version: 'e.10' },
      { item: { ...newItem('c3@x'), name: 'x' }, version: 'e.11' },
      { item: { ...newItem('c1@x'), name: 'last' }, version: 'e.12' },
    ])
    expect(roster.version).toBe('e.12')
  })

  it.each(['', 'e.', 'e.4', 'e.-1', 'e.01', 'f.1', 'e.1.1', 'e.1e0'])(
    'the whole roster for the unknown version %j',
    (version) => expect(filled(3).changesSince(version)).toBeUndefined(),
  )

  it('an item added anew after its removal is sent as an item', () => {
    const roster = filled(5)
    set(roster, 'c0@x', undefined)
    set(roster, 'c0@x', newItem('c0@x'))
    expect(roster.changesSince('e.5')).toEqual([{ item: newItem('c0@x'), version: 'e.7' }])
  })

  it('remembers a bounded number of removals, then sends the whole roster to older versions', () => {
    const store = new Store()
    const roster = new Roster('e', 2)
    for (let index = 0; index < 10; index++) set(roster, `c${index}@x`, newItem(`c${index}@x`), store)
    for (let index = 0; index < 3; index++) set(roster, `c${index}@x`, undefined, store)
    expect(roster.changesSince('e.10')).toBeUndefined()
    expect(roster.changesSince('e.11')?.map((change) => change.item)).toEqual(['c1@x', 'c2@x'])
    expect([...store.records.keys()].filter((jid) => store.records.get(jid)?.removed)).toEqual(['c1@x', 'c2@x'])
  })

  it('a note that takes the place of a remembered removal does not hide the removal', () => {
    const store = new Store()
    const roster = new Roster('e')
    for (let index = 0; index < 5; index++) set(roster, `c${index}@x`, newItem(`c${index}@x`), store)
    set(roster, 'c0@x', undefined, store)
    set(roster, 'c0@x', note('c0@x'), store)
    expect(store.open().changesSince('e.5')).toBeUndefined()
    expect(store.open().changesSince('e.6')).toEqual([])
  })
})

describe('a client that follows results, pushes and interim pushes', () => {
  const jid = fc.constantFrom('a@x', 'b@x', 'c@x', 'd@x', 'e@x', 'f@x')
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), jid, name: fc.string({ maxLength: 2 }) }),
    fc.record({ kind: fc.constant('remove' as const), jid }),
    fc.record({ kind: fc.constant('note' as const), jid }),
    fc.record({ kind: fc.constant('sync' as const) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  )

  it('always ends with the roster of the server, restarts included', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 0, max: 3 }), (steps, remembered) => {
        const store = new Store()
        let roster = new Roster('e', remembered)
        let cache = new Map<string, RosterItem>()
        let version = ''
        const sync = () => {
          const changes = roster.changesSince(version)
          if (!changes) cache = new Map(roster.items().map((item) => [item.jid, item]))
          for (const { item } of changes ?? []) {
            if (typeof item === 'string') cache.delete(item)
            else cache.set(item.jid, item)
          }
          if (changes?.length) expect(changes.at(-1)?.version).toBe(roster.version)
          version = roster.version
        }
        for (const action of steps) {
          if (action.kind === 'sync') sync()
          else if (action.kind === 'restart') {
            if (store.version) roster = store.open(remembered)
          } else if (action.kind === 'set')
            set(roster, action.jid, { ...newItem(action.jid), name: action.name }, store)
          else if (action.kind === 'remove') {
            if (roster.get(action.jid)) set(roster, action.jid, undefined, store)
          } else if (!roster.get(action.jid)) set(roster, action.jid, note(action.jid), store)
        }
        sync()
        const sorted = (items: Iterable<RosterItem>) => [...items].sort((a, b) => (a.jid < b.jid ? -1 : 1))
        expect(sorted(cache.values())).toEqual(sorted(roster.items()))
        if (store.version) expect(sorted(store.open(remembered).entries())).toEqual(sorted(roster.entries()))
        expect([...store.records.values()].filter((record) => record.removed).length).toBeLessThanOrEqual(
          Math.max(1, remembered),
        )
      }),
      { numRuns: 300 },
    )
  })
})
