import { expect, test } from 'vitest'
import { KeptCopy } from '../kept-copy.ts'
import { entryWrite, type QueueEntry, readEntry } from './session-record.ts'
import { type Queue, QueuedStanza, type Reached } from './unacknowledged.ts'

const queueOf = (key: string): Queue => ({
  account: 'juliet@example.com',
  key,
  entryWrite: (item) => entryWrite('juliet@example.com', key, item),
  ready: () => {},
})

const itemOf = (key: string, reached?: Reached) =>
  new QueuedStanza(queueOf(key), { text: '<message>a 1</message>', at: 1, id: `of ${key}`, position: 7, reached })

test('an entry of a queue is a string: its text, as it is stored elsewhere, with its place behind it', () => {
  const { value } = entryWrite('juliet@example.com', 'k', itemOf('k'))
  expect(value).toBe('<message>a 1</message> 7')
  expect(readEntry(value)).toEqual({ n: 7, text: '<message>a 1</message>' })
})

test('of those who keep a copy for themselves, and of other accounts, an entry tells nothing: after a crash each counts alone', () => {
  const reached: Reached = []
  const item = itemOf('k', reached)
  reached.push(item, { account: 'romeo@example.net' })
  new KeptCopy('juliet@example.com', reached)
  expect(entryWrite('juliet@example.com', 'k', item).value).toBe('<message>a 1</message> 7')
})

test('an entry that tells of other sessions is an object, as all were before', () => {
  const reached: Reached = []
  const items = [itemOf('k', reached), itemOf('l', reached)]
  reached.push(...items)
  const { value } = entryWrite('juliet@example.com', 'k', items[0] as QueuedStanza)
  const entry: QueueEntry = { n: 7, text: '<message>a 1</message>', others: ['l'], m: 'of k' }
  expect(value).toEqual(entry)
  expect(readEntry(value)).toEqual(entry)
  expect(readEntry({ n: 3, text: '<message/>' })).toEqual({ n: 3, text: '<message/>' })
})
