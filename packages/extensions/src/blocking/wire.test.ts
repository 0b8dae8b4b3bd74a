import { parseJid } from '@parlour/jid'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockElement, matchesBlocked, readBlockItems, unblockElement } from './wire.ts'

describe('XEP-0191 §6: matching', () => {
  test.each([
    ['<user@domain/resource> (only that resource matches)', 'a@x/r', ['a@x/r'], ['a@x', 'a@x/s', 'x']],
    ['<user@domain> (any resource matches)', 'a@x', ['a@x', 'a@x/r'], ['b@x', 'x']],
    ['<domain/resource> (only that resource matches)', 'x/r', ['x/r'], ['x', 'x/s', 'a@x/r']],
    [
      '<domain> (the domain itself matches, as does any user@domain or domain/resource)',
      'x',
      ['x', 'x/r', 'a@x', 'a@x/r'],
      ['y', 'a.x', 'a@y.x'],
    ],
  ])('%s', (_, entry, matching, others) => {
    const blocked = new Set([entry])
    for (const jid of matching) expect([jid, matchesBlocked(blocked, parseJid(jid))]).toEqual([jid, true])
    for (const jid of others) expect([jid, matchesBlocked(blocked, parseJid(jid))]).toEqual([jid, false])
  })

  test('a list that is written is read as it was', () => {
    const jids = fc.uniqueArray(fc.constantFrom('a@x', 'b@x', 'x', 'x/r', 'a@x/r', 'c@y/<&>'))
    fc.assert(
      fc.property(jids, (addresses) => {
        expect(readBlockItems(blockElement(addresses)).map(String)).toEqual(addresses)
        expect(readBlockItems(unblockElement([...addresses, ...addresses])).map(String)).toEqual(addresses)
      }),
    )
  })
})
