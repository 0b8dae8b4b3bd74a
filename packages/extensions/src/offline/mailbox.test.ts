import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { expect, test } from 'vitest'
import { Mailbox } from './mailbox.ts'

const OWNER = 'juliet@example.com'

function mailbox() {
  const storage = new FaultyStorage(createMemoryStorage())
  const archive = {
    nextId: () => '1',
    read: (name: string, owner: string, query: object) => storage.readArchive(name, owner, query as never),
    remove: (name: string, owner: string, ids: string[]) => ({ type: 'remove', archive: name, owner, ids }),
    append: () => ({}),
  }
  const host = {
    ...{ archive, config: { maxMessages: 9, maxBytes: 999 } },
    commit: (writes: never[]) => storage.commit(writes),
  }
  return { storage, box: new Mailbox(host as never, OWNER, () => {}) }
}

test('who is being given something, or has had something that is still stored, is not forgotten', async () => {
  const { storage, box } = mailbox()
  expect(box.isIdle).toBe(true)
  box.beginDelivery({} as never)
  expect(box.isIdle).toBe(false)
  box.endDelivery()
  expect(box.isIdle).toBe(true)
  storage.fail('full', 'commit', 1)
  await box.removeHandedOut([{ id: '1', at: 1, value: '<message/>' }])
  expect(box.isIdle).toBe(false)
  await box.removeAgain()
  expect(box.isIdle).toBe(true)
})

test('a message that is being stored, or that waits for a session while others have it, keeps its account in memory', async () => {
  const { box } = mailbox()
  const ends: ((error?: unknown) => void)[] = []
  const cause = { store: (_: unknown, end: () => void) => void ends.push(end) } as never
  const isKept = box.append('<message/>', cause, undefined, { receiver: {}, kept: {} } as never)
  expect(box.isIdle).toBe(false)
  expect(await isKept).toBe(true)
  expect(box.isIdle).toBe(false)
  for (const end of ends) end()
  expect(box.isIdle).toBe(false)
  box.moved({ id: '1', at: 1, value: '<message/>' })
  expect(box.isIdle).toBe(true)
})
