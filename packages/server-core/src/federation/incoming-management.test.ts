import { createMemoryStorage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import type { FederationContext } from './federation-context.ts'
import { IncomingManagement } from './incoming-management.ts'
import { ManagedSession } from './managed-session.ts'
import { DEFAULT_FEDERATION_LIMITS } from './options.ts'
import { Outbox } from './outbox.ts'
import { ResumableSessions } from './resumable-sessions.ts'
import type { StanzaExchange } from './stanza-exchange.ts'

const PAIR = { remote: 'b.example', local: 'a.example' }

it('a connection that is lost while a resumption waits on it does not keep the session', async () => {
  const environment = new FakeEnvironment()
  const storage = createMemoryStorage()
  const commit = storage.commit.bind(storage)
  const outbox = new Outbox({ environment, storage, log: silentLogger, commit, nextId: String, isServed: () => true })
  const parts = { environment, limits: DEFAULT_FEDERATION_LIMITS, kernel: { outbox }, log: silentLogger }
  const sessions = new ResumableSessions(environment, 10, 300_000)
  const session = new ManagedSession(parts, 'id')
  sessions.add(session, PAIR.remote, PAIR.local)
  const ticket = session.receiver.begin()
  const written: string[] = []
  let resumed: Promise<unknown> = Promise.resolve()
  const waitFor = (promise: Promise<unknown>, next: (value: unknown) => void) => {
    resumed = promise.then(next)
  }
  const exchange = {
    isOver: false,
    session: undefined,
    stream: { waitFor, element: (element: unknown) => void written.push(String(element)) },
  }
  const context = parts as unknown as FederationContext
  const management = new IncomingManagement(exchange as unknown as StanzaExchange, PAIR, sessions, context, () => {})
  management.take({ kind: 'resume', previd: 'id', h: 0 })
  sessions.detached(session)
  exchange.isOver = true
  session.receiver.finish(ticket, false)
  await resumed
  expect(written).toEqual([])
  expect(sessions.find('id', PAIR.remote, PAIR.local)).toBe(session)
  environment.advance(300_000)
  expect(sessions.find('id', PAIR.remote, PAIR.local)).toBeUndefined()
})

it.each([
  ['nothing waits on either side: no', false, false, false],
  ['something that was sent is not acknowledged: yes', true, false, true],
  ['the peer was not told of all that was handled: yes', false, true, true],
])('a stream that ends in order: its session waits to be resumed where %s', (_, isSent, isHandled, isKept) => {
  const environment = new FakeEnvironment()
  const kernel = { outbox: { over: () => {} } }
  const parts = { environment, limits: DEFAULT_FEDERATION_LIMITS, kernel, log: silentLogger }
  const context = parts as unknown as FederationContext
  const sessions = new ResumableSessions(environment, 10, 300_000)
  const session = new ManagedSession(context, 'id')
  sessions.add(session, PAIR.remote, PAIR.local)
  if (isSent) session.sender.sent('<message/>', 10)
  if (isHandled) session.receiver.finish(session.receiver.begin(), false)
  const exchange = { session } as unknown as StanzaExchange
  new IncomingManagement(exchange, PAIR, sessions, context, () => {}).ended(true)
  expect(sessions.find('id', PAIR.remote, PAIR.local)).toBe(isKept ? session : undefined)
})
