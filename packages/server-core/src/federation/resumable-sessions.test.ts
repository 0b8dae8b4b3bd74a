import { createMemoryStorage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import { ManagedSession } from './managed-session.ts'
import { DEFAULT_FEDERATION_LIMITS } from './options.ts'
import { Outbox } from './outbox.ts'
import { ResumableSessions } from './resumable-sessions.ts'

it('the bound is of sessions without a connection, the oldest go first; those that live are always found', () => {
  const environment = new FakeEnvironment()
  const sessions = new ResumableSessions(environment, 2, 300_000)
  const storage = createMemoryStorage()
  const commit = storage.commit.bind(storage)
  const outbox = new Outbox({ environment, storage, log: silentLogger, commit, nextId: String, isServed: () => true })
  const context = { environment, limits: DEFAULT_FEDERATION_LIMITS, kernel: { outbox } }
  const all = Array.from({ length: 6 }, (_, n) => new ManagedSession(context, `s${n}`))
  const found = () => all.filter(({ id }) => sessions.find(id ?? '', 'b.example', 'a.example')).map(({ id }) => id)
  for (const session of all) sessions.add(session, 'b.example', 'a.example')
  expect(found()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5'])
  for (const session of all.slice(0, 3)) sessions.detached(session)
  expect(found()).toEqual(['s1', 's2', 's3', 's4', 's5'])
  for (const session of all.slice(1, 2)) sessions.attached(session)
  for (const session of all.slice(3, 4)) sessions.detached(session)
  expect(found()).toEqual(['s1', 's2', 's3', 's4', 's5'])
})
