import { parseJid } from '@parlour/jid'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { availableSessions, mostAvailableSessions, type RoutedSession, SessionDirectory } from './session-directory.ts'

const session = (address: string, priority?: number): RoutedSession => ({
  jid: parseJid(address),
  available: priority !== undefined,
  priority: priority ?? 0,
})

describe('SessionDirectory', () => {
  it('finds sessions by account and by resource', () => {
    const directory = new SessionDirectory<RoutedSession>()
    const orchard = session('romeo@example.net/orchard')
    expect(directory.add(orchard)).toBeUndefined()
    expect(directory.sessions('romeo@example.net')).toEqual([orchard])
    expect(directory.find('romeo@example.net', 'orchard')).toBe(orchard)
    expect(directory.find('romeo@example.net', 'garden')).toBeUndefined()
    expect(directory.find('juliet@example.com', 'orchard')).toBeUndefined()
    expect(directory.sessions('juliet@example.com')).toEqual([])
  })

  it('a session displaces the one with the same resource, which cannot remove it afterwards', () => {
    const directory = new SessionDirectory<RoutedSession>()
    const first = session('romeo@example.net/orchard')
    const second = session('romeo@example.net/orchard')
    directory.add(first)
    expect(directory.add(second)).toBe(first)
    expect(directory.remove(first)).toBe(false)
    expect(directory.find('romeo@example.net', 'orchard')).toBe(second)
    expect(directory.size).toBe(1)
  })

  it('an array that was handed out does not change', () => {
    const directory = new SessionDirectory<RoutedSession>()
    directory.add(session('romeo@example.net/a'))
    const before = directory.sessions('romeo@example.net')
    directory.add(session('romeo@example.net/b'))
    expect(before).toHaveLength(1)
  })

  it('holds what was added and not removed, and nothing for accounts without sessions', () => {
    const step = fc.record({ add: fc.boolean(), account: fc.nat(3), resource: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const directory = new SessionDirectory<RoutedSession>()
        const model = new Map<string, RoutedSession>()
        for (const { add, account, resource } of steps) {
          const address = `u${account}@x/r${resource}`
          const known = model.get(address)
          if (add) {
            const added = session(address)
            expect(directory.add(added)).toBe(known)
            model.set(address, added)
          } else if (known) {
            expect(directory.remove(known)).toBe(true)
            model.delete(address)
          }
        }
        expect(new Set(directory)).toEqual(new Set(model.values()))
        expect(directory.size).toBe(model.size)
        expect(directory.accounts).toBe(new Set([...model.keys()].map((key) => key.split('/')[0])).size)
        for (const [address, each] of model) {
          expect(directory.find(address.split('/')[0] ?? '', address.split('/')[1] ?? '')).toBe(each)
        }
      }),
    )
  })
})

describe('RFC 6121 §8.5.2.1.1: the "most available" resources', () => {
  const sessions = [session('a@x/low', -5), session('a@x/b', 3), session('a@x/c', 3), session('a@x/away')]
  it('are those which share the highest priority', () => {
    expect(mostAvailableSessions(sessions).map((each) => each.jid.resource)).toEqual(['b', 'c'])
  })

  it('are none where all are negative', () => expect(mostAvailableSessions(sessions.slice(0, 1))).toEqual([]))

  it('no array is made when all are meant', () => {
    const all = sessions.slice(1, 3)
    expect(mostAvailableSessions(all)).toBe(all)
    expect(availableSessions(all)).toBe(all)
  })
})
