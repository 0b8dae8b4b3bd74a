import { FakeEnvironment } from '@parlour/testing'
import { el } from '@parlour/xml'
import { describe, expect, it } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import { HandledStanzas } from '../stream-management/handled-stanzas.ts'
import { DomainPairs } from './domain-pairs.ts'
import type { FederationContext, FederationKernel } from './federation-context.ts'
import { Handling } from './handling.ts'

const pairs = new DomainPairs()
pairs.add('b.example', 'a.example')
const stanza = (name: string, id: string) =>
  el(name, 'jabber:client', {
    from: 'romeo@b.example',
    to: 'juliet@a.example',
    id,
    type: name === 'iq' ? 'get' : 'chat',
  })

/** A kernel of which each message stores something, and whoever ends the commits, one by one. */
function scene() {
  const received: (string | undefined)[] = []
  const commits: (() => void)[] = []
  const kernel = {
    receive({ kind, id }: { kind: string; id?: string }, committing: (committed: Promise<void>) => void) {
      received.push(id)
      if (kind === 'message') committing(new Promise((resolve) => commits.push(resolve)))
    },
  } as unknown as FederationKernel
  const handling = new Handling({ kernel, pings: { take: () => false } } as unknown as FederationContext)
  return { received, commits, handling }
}

describe('XEP-0198 §4: h of a stream of another server counts stanzas whose commit is over', () => {
  it('is told when all that came before the request is stored, in whatever order', async () => {
    const { received, commits, handling } = scene()
    const sent: string[] = []
    const environment = new FakeEnvironment()
    const counts = new HandledStanzas({ environment, send: (text) => void sent.push(text), commit: undefined })
    for (const id of ['one', 'two']) handling.take(stanza('message', id), pairs, counts)
    expect(received).toEqual(['one', 'two'])
    counts.asked()
    commits[1]?.()
    await settled()
    expect([sent, counts.h]).toEqual([[], 0])
    commits[0]?.()
    await settled()
    expect(counts.h).toBe(2)
    expect(sent.join('')).toMatch(/<a [^>]*h='2'/)
  })

  it('nor is one that takes its time to be routed, or what comes behind it', async () => {
    const ends: (() => void)[] = []
    const kernel = { receive: () => new Promise<void>((resolve) => ends.push(resolve)) } as unknown as FederationKernel
    const handling = new Handling({ kernel, pings: { take: () => false } } as unknown as FederationContext)
    const counts = new HandledStanzas({ environment: new FakeEnvironment(), send: () => {}, commit: undefined })
    const taken = ['one', 'two'].map((id) => handling.take(stanza('message', id), pairs, counts))
    ends[1]?.()
    await settled()
    expect(counts.h).toBe(0)
    ends[0]?.()
    await Promise.all(taken)
    expect(counts.h).toBe(2)
  })

  it('without XEP-0198 a request is handled, and answered, once what came before it is stored', async () => {
    const { received, commits, handling } = scene()
    handling.take(stanza('message', 'one'), pairs)
    expect(handling.settled()).toBeInstanceOf(Promise)
    const waiting = handling.take(stanza('iq', 'two'), pairs)
    expect(waiting).toBeInstanceOf(Promise)
    expect(received).toEqual(['one'])
    commits[0]?.()
    await waiting
    expect(received).toEqual(['one', 'two'])
    expect(handling.settled()).toBeUndefined()
  })
})
