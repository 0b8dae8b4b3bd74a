import { createMemoryStorage, type Write } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { QUEUE_ARCHIVE } from './session-record.ts'
import { chat, JULIET, openManaged, ROMEO } from './stream-management.fixture.ts'

test('very many entries that were acknowledged, and could not be removed, do not keep the server from starting', async () => {
  const storage = createMemoryStorage()
  const { commit } = storage
  const opened = await openManaged({ storage })
  const [romeo, juliet] = [await opened.connect(ROMEO), await opened.connect(JULIET)]
  await juliet.enable()
  for (let n = 0; n < 1100; n++)
    void romeo.session.receive(parseXml(chat(String(n)).replace('<message', "<message xmlns='jabber:client'")))
  await opened.pass(0)
  // A medium that is full takes no removal, but the record of a session, which is no longer than before.
  storage.commit = async (writes: readonly Write[]) => {
    if (writes.some(({ type }) => type === 'remove')) throw new Error('full')
    await commit.call(storage, writes)
  }
  await juliet.nonza("<a h='1100'/>")
  await juliet.cut()
  expect(await storage.countArchive(QUEUE_ARCHIVE, 'juliet@example.com')).toBe(1100)
  storage.commit = commit
  const after = juliet.in(await opened.restart())
  expect(await after.resume(1100)).toContain('<resumed')
  const messages = after.hear().filter((each) => each.startsWith('message'))
  expect([messages, await storage.countArchive(QUEUE_ARCHIVE, 'juliet@example.com')]).toEqual([[], 0])
})
