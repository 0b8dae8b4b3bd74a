import { parseJid } from '@parlour/jid'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DirectedPresence } from './directed-presence.ts'

const occupant = parseJid('garden@rooms.example.com/romeo')

describe('RFC 6121 §4.6: directed presence', () => {
  it('knows the entities which are to get unavailable presence, and forgets them once taken', () => {
    const directed = new DirectedPresence()
    directed.add(occupant)
    directed.add(occupant)
    expect(directed.size).toBe(1)
    expect(directed.entities()).toEqual([occupant])
    expect(directed.take()).toEqual([occupant])
    expect(directed.take()).toEqual([])
    expect(directed.hasBare(occupant)).toBe(false)
  })

  it('"MUST remove from the directed presence list any entity to which the user sends directed unavailable presence"', () => {
    const directed = new DirectedPresence()
    directed.add(occupant)
    expect(directed.delete(occupant)).toBe(true)
    expect(directed.delete(occupant)).toBe(false)
    expect(directed.has(occupant)).toBe(false)
  })

  it('presence to a bare JID holds for its resources, not the other way round', () => {
    const directed = new DirectedPresence()
    directed.add(occupant)
    expect(directed.has(occupant)).toBe(true)
    expect(directed.has(occupant.bare)).toBe(false)
    directed.add(occupant.bare)
    expect(directed.has(parseJid('garden@rooms.example.com/juliet'))).toBe(true)
  })

  it('counts the addresses of one bare JID', () => {
    const entity = fc.constantFrom('a@x/1', 'a@x/2', 'a@x', 'b@x/1').map(parseJid)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), entity)), (steps) => {
        const directed = new DirectedPresence()
        const model = new Set<string>()
        for (const [add, jid] of steps) {
          if (add) directed.add(jid)
          else directed.delete(jid)
          if (add) model.add(jid.toString())
          else model.delete(jid.toString())
          expect(directed.hasBare(jid)).toBe([...model].some((each) => each.split('/')[0] === jid.bare.toString()))
          expect(directed.size).toBe(model.size)
        }
      }),
    )
  })

  it('is bounded', () => {
    const directed = new DirectedPresence(1)
    expect(directed.add(parseJid('a@x'))).toBe(true)
    expect(directed.add(parseJid('b@x'))).toBe(false)
    expect(directed.add(parseJid('a@x'))).toBe(true)
    expect(directed.take().map(String)).toEqual(['a@x'])
  })
})
