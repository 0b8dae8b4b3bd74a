import { FakeEnvironment } from '@parlour/testing'
import { describe, expect, it } from 'vitest'
import type { FederationContext } from './federation-context.ts'
import { ManagedSession } from './managed-session.ts'
import { SuspendedSession } from './suspended-session.ts'

function scene(id?: string) {
  const environment = new FakeEnvironment()
  const context = {
    ...{ environment, limits: { maxUnacknowledgedStanzas: 10, maxQueuedBytes: 1000 } },
    kernel: { outbox: { over: () => {} } },
  } as unknown as FederationContext
  const session = new ManagedSession(context, id)
  const suspended = new SuspendedSession(environment)
  let takenOver = 0
  const keep = (byPeer: boolean) => suspended.keep(session, byPeer, () => takenOver++)
  /** A stream that ends after so many of the stanzas that wait have got across. */
  const stream = (acknowledged: number) => {
    suspended.began(session)
    environment.advance(1000)
    session.acknowledge(acknowledged)
    suspended.ended(session)
  }
  return { environment, session, suspended, keep, stream, takenOver: () => takenOver }
}

describe('the session of a link whose connection is gone', () => {
  it('is told what it holds where it cannot be resumed (XEP-0198 §3), and is not kept', () => {
    const { session, suspended, keep, takenOver, environment } = scene()
    session.sender.sent('<message/>', 10)
    expect(keep(true)).toEqual({ texts: ['<message/>'], since: undefined })
    environment.advance(60_000)
    expect([suspended.session, takenOver()]).toEqual([undefined, 0])
  })

  it('is resumed by the peer that had opened its stream; after ten seconds it is ours, unless it is settled', () => {
    const waiting = scene('id')
    expect(waiting.keep(true)).toBeUndefined()
    expect([waiting.suspended.isOfPeer, waiting.suspended.isOurs]).toEqual([true, false])
    waiting.environment.advance(9_999)
    expect(waiting.takenOver()).toBe(0)
    waiting.environment.advance(1)
    expect(waiting.takenOver()).toBe(1)
    const settled = scene('id')
    settled.keep(true)
    settled.suspended.settle(settled.session)
    settled.environment.advance(60_000)
    expect(settled.takenOver()).toBe(0)
    const ours = scene('id')
    ours.keep(false)
    ours.environment.advance(60_000)
    expect([ours.suspended.isOurs, ours.takenOver()]).toEqual([true, 0])
  })

  it('waits since nothing got across: streams that end without it do not begin the time anew, one that has does', () => {
    const { environment, session, suspended, keep, stream } = scene('id')
    for (const text of ['1', '2']) session.sender.sent(text, 1)
    stream(0)
    const since = environment.now()
    stream(0)
    keep(false)
    expect(suspended.since).toBe(since)
    suspended.settle(session)
    stream(1)
    keep(false)
    expect(suspended.since).toBe(environment.now())
    suspended.settle(session)
    stream(2)
    environment.advance(1000)
    keep(false)
    expect(suspended.since).toBe(environment.now())
  })

  it('gives up what it holds, once, with the time', () => {
    const { session, suspended, keep, environment } = scene('id')
    session.sender.sent('1', 1)
    keep(true)
    const since = environment.now()
    environment.advance(1000)
    expect(suspended.release()).toEqual({ texts: ['1'], since })
    expect([suspended.release(), session.isForfeit, session.sender.unacknowledgedStanzas]).toEqual([undefined, true, 0])
    expect(environment.pendingTimers).toBe(0)
  })
})
