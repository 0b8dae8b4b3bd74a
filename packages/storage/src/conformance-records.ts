import { equal, OWNER, put, rejects, type StorageCase, storageCase } from './conformance-case.ts'
import type { Json } from './json.ts'

const VALUES: Record<string, Json> = {
  null: null,
  true: true,
  zero: 0,
  fraction: -1.5e-7,
  large: 2 ** 53,
  empty: '',
  'text with quotes': 'a "b" \\ \n \u0000 \u2028',
  'text beyond ASCII': 'Ἰουλιέτα 𐍈 👩‍👩‍👧',
  'lone surrogate': '\ud800',
  array: [1, [2, []], { a: [] }],
  object: { z: 1, a: { '': null }, __proto: 'x' },
}

export const recordCases: readonly StorageCase[] = [
  storageCase('get: the value put; undefined when there is none', async (s) => {
    equal(await s.get('notes', OWNER, 'a'), undefined)
    await s.commit([put('a', { x: [1, 'two', null] })])
    equal(await s.get('notes', OWNER, 'a'), { x: [1, 'two', null] })
    equal(await s.get('notes', OWNER, 'A'), undefined, 'a key of another case')
    equal(await s.get('notes', 'romeo@example.org', 'a'), undefined, "another owner's record")
    equal(await s.get('other', OWNER, 'a'), undefined, "another store's record")
  }),
  storageCase('get: every JSON value comes back as it was', async (s) => {
    await s.commit(Object.entries(VALUES).map(([key, value]) => put(key, value)))
    for (const [key, value] of Object.entries(VALUES)) equal(await s.get('notes', OWNER, key), value, key)
  }),
  storageCase('get: values are copies', async (s) => {
    const value = { list: [1] }
    const committed = s.commit([put('a', value)])
    value.list.push(2)
    await committed
    const found = (await s.get('notes', OWNER, 'a')) as { list: number[] }
    equal(found, { list: [1] })
    found.list.push(3)
    equal(await s.get('notes', OWNER, 'a'), { list: [1] })
  }),
  storageCase('put replaces; delete and clear remove', async (s) => {
    await s.commit([put('a', 1), put('b', 2), put('c', 3, 'romeo@example.org')])
    await s.commit([put('a', 4), { type: 'delete', store: 'notes', owner: OWNER, key: 'b' }])
    await s.commit([{ type: 'delete', store: 'notes', owner: OWNER, key: 'absent' }])
    equal(await s.list('notes', OWNER), new Map([['a', 4]]))
    await s.commit([put('d', 5), { type: 'clear', store: 'notes', owner: OWNER }, put('e', 6)])
    equal(await s.list('notes', OWNER), new Map([['e', 6]]))
    equal(await s.get('notes', 'romeo@example.org', 'c'), 3, "another owner's record")
  }),
  storageCase('list: all keys of one owner, ordered by code point', async (s) => {
    equal(await s.list('notes', OWNER), new Map())
    const keys = ['', '!', 'A', 'a', 'ab', 'ä', '\uffee', '𐍈']
    await s.commit([...keys].reverse().map((key) => put(key, key)))
    equal(await s.list('notes', OWNER), new Map(keys.map((key) => [key, key])))
  }),
  storageCase('owners: ordered pages of those with records', async (s) => {
    equal(await s.owners('notes'), [])
    const owners = ['a@x', 'b@x', 'c@x', 'd@x', 'e@x']
    await s.commit(owners.flatMap((owner) => [put('1', 1, owner), put('2', 2, owner)]))
    await s.commit([put('1', 1, 'z@x', 'other'), { type: 'clear', store: 'notes', owner: 'b@x' }])
    equal(await s.owners('notes'), ['a@x', 'c@x', 'd@x', 'e@x'])
    equal(await s.owners('notes', { max: 2 }), ['a@x', 'c@x'])
    equal(await s.owners('notes', { after: 'c@x', max: 2 }), ['d@x', 'e@x'])
    equal(await s.owners('notes', { after: 'b@x', max: 1 }), ['c@x'], 'after an owner that is not there')
    equal(await s.owners('notes', { after: 'e@x' }), [])
    equal(await s.owners('notes', { max: 0 }), [])
  }),
  storageCase('names that cannot be stored are refused as invalid', async (s) => {
    for (const bad of ['a\0b', '\udc00', 'x'.repeat(5000)]) {
      await rejects(s.get('notes', OWNER, bad), 'invalid')
      await rejects(s.list('notes', bad), 'invalid')
      await rejects(s.owners(bad), 'invalid')
      await rejects(s.commit([put(bad, 1)]), 'invalid')
      await rejects(s.countArchive('messages', bad), 'invalid')
    }
    await rejects(s.owners('notes', { max: 100_000 }), 'invalid')
    await rejects(s.commit([put('a', 1, '')]), 'invalid')
  }),
]
