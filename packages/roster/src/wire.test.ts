import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newItem, type RosterItem, type Subscription } from './item.ts'
import {
  DEFAULT_ROSTER_LIMITS,
  itemElement,
  ROSTER_NAMESPACE,
  readItems,
  readRosterGet,
  readRosterSet,
  rosterGet,
  rosterPush,
  rosterRemoval,
  rosterResult,
  rosterUpdate,
} from './wire.ts'

const query = (...items: Element[]) => el('query', ROSTER_NAMESPACE, {}, ...items)
const item = (attributes: Record<string, string>, ...groups: string[]) =>
  el('item', ROSTER_NAMESPACE, attributes, ...groups.map((group) => el('group', ROSTER_NAMESPACE, {}, group)))

function condition(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof StanzaError) return error.condition
    throw error
  }
  return 'none'
}

describe('RFC 6121 §2.1.5: roster set', () => {
  it('reads an update', () => {
    const set = readRosterSet(query(item({ jid: 'Nurse@Example.com', name: 'Nurse' }, 'Servants', 'Family')))
    expect(set).toMatchObject({ kind: 'update', name: 'Nurse', groups: ['Servants', 'Family'] })
    expect(set.jid.toString()).toBe('nurse@example.com')
  })

  it('reads a removal', () => {
    const set = readRosterSet(query(item({ jid: 'nurse@example.com', subscription: 'remove' }, 'ignored')))
    expect(set).toEqual({ kind: 'remove', jid: set.jid })
  })

  it("\"MUST ignore any value of the 'subscription' attribute other than 'remove'\", and ask and approved", () => {
    const attributes = { jid: 'nurse@example.com', subscription: 'both', ask: 'subscribe', approved: 'true' }
    expect(Object.keys(readRosterSet(query(item(attributes)))).sort()).toEqual(['groups', 'jid', 'kind', 'name'])
  })

  it("§2.4.1: \"an empty 'name' attribute is equivalent to including no 'name' attribute\"", () => {
    expect(readRosterSet(query(item({ jid: 'a@b.example', name: '' })))).toMatchObject({ name: '' })
    expect(readRosterSet(query(item({ jid: 'a@b.example' })))).toMatchObject({ name: '' })
  })
})

describe('RFC 6121 §2.3.3: error cases', () => {
  const long = 'x'.repeat(1024)
  const jid = 'nurse@example.com'
  const many = Array.from({ length: 65 }, (_, index) => `g${index}`)
  it.each<[string, string, Element]>([
    ['no item', 'bad-request', query()],
    ['"more than one <item/>"', 'bad-request', query(item({ jid }), item({ jid: 'mother@example.com' }))],
    ['"duplicate groups"', 'bad-request', query(item({ jid }, 'Servants', 'Servants'))],
    ['duplicate groups by another form', 'bad-request', query(item({ jid }, 'caf\u00e9', 'cafe\u0301'))],
    ['no jid', 'bad-request', query(item({ name: 'Nurse' }))],
    ['an empty jid', 'bad-request', query(item({ jid: '' }))],
    ['a full jid', 'bad-request', query(item({ jid: 'nurse@example.com/kitchen' }))],
    ['a malformed jid', 'jid-malformed', query(item({ jid: '@example.com' }))],
    ['a long name', 'not-acceptable', query(item({ jid, name: long }))],
    ['"zero length" group', 'not-acceptable', query(item({ jid }, ''))],
    ['a long group', 'not-acceptable', query(item({ jid }, long))],
    ['too many groups', 'not-acceptable', query(item({ jid }, ...many))],
  ])('%s: %s', (_, expected, set) => expect(condition(() => readRosterSet(set))).toBe(expected))

  it('takes what is just within the limits', () => {
    const { maxGroups, maxNameLength } = DEFAULT_ROSTER_LIMITS
    const set = query(item({ jid, name: 'x'.repeat(maxNameLength) }, ...many.slice(0, maxGroups)))
    expect(readRosterSet(set)).toMatchObject({ kind: 'update' })
  })

  it('takes other limits', () => {
    const limits = { ...DEFAULT_ROSTER_LIMITS, maxNameLength: 2 }
    expect(condition(() => readRosterSet(query(item({ jid, name: 'abc' })), limits))).toBe('not-acceptable')
  })
})

describe('RFC 6121 §2.1.3, §2.6.2: roster get', () => {
  it.each([undefined, '', 'ver14'])('carries ver %j', (version) =>
    expect(readRosterGet(rosterGet(version))).toEqual({ version }),
  )
})

describe('RFC 6121 §2.1.4, §2.1.6: results and pushes', () => {
  it('an empty roster is a query without items, with a version', () => {
    expect(rosterResult([], 'ver9').toString()).toBe(`<query xmlns='jabber:iq:roster' ver='ver9'/>`)
  })

  it('writes ask, approved and groups', () => {
    const full = { ...newItem('a@b.example'), name: 'A', groups: ['g'], ask: true, approved: true }
    const element = itemElement(full)
    expect(element.attributes).toEqual({
      jid: 'a@b.example',
      name: 'A',
      subscription: 'none',
      ask: 'subscribe',
      approved: 'true',
    })
    expect(element.childText('group')).toBe('g')
  })

  it('a push has one item and a version; a removal says so', () => {
    expect(readItems(rosterPush('a@b.example', 'v'))).toEqual([{ jid: 'a@b.example', removed: true }])
    expect(rosterPush(newItem('a@b.example'), 'v').attribute('ver')).toBe('v')
  })

  it('§2.1.2.5: "the client MUST ignore values of the \'subscription\' attribute other than" the known', () => {
    expect(readItems(query(item({ jid: 'a@b.example', subscription: 'friend' }), item({ name: 'x' })))).toEqual([])
  })
})

describe('round trips', () => {
  const rosterItem: fc.Arbitrary<RosterItem> = fc.record({
    jid: fc.constantFrom('a@b.example', 'example.org'),
    name: fc.string(),
    groups: fc.uniqueArray(fc.string({ minLength: 1 })),
    subscription: fc.constantFrom<Subscription>('none', 'to', 'from', 'both'),
    ask: fc.boolean(),
    approved: fc.boolean(),
    pendingIn: fc.constant(false),
    listed: fc.constant(true),
  })

  it('what is written is read back', () => {
    fc.assert(
      fc.property(fc.array(rosterItem), (items) => {
        expect(readItems(rosterResult(items, 'v'))).toEqual(items)
      }),
    )
  })

  it("a client's sets are what the server reads", () => {
    const set = readRosterSet(rosterUpdate('nurse@example.com', 'Nurse', ['Servants']))
    expect(set).toMatchObject({ kind: 'update', name: 'Nurse', groups: ['Servants'] })
    expect(readRosterSet(rosterRemoval('nurse@example.com')).kind).toBe('remove')
    expect(rosterUpdate('nurse@example.com').child('item')?.attribute('subscription')).toBeUndefined()
  })
})
