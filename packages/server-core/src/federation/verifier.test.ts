import type { DialbackOutcome } from '@parlour/dialback'
import { FakeEnvironment } from '@parlour/testing'
import { describe, expect, it } from 'vitest'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import { DEFAULT_FEDERATION_LIMITS } from './options.ts'
import type { OutgoingStream } from './outgoing-stream.ts'
import { Verifier } from './verifier.ts'

it('one address whose domains say nothing does not hold the verifications of others', () => {
  const opened: string[] = []
  const environment = new FakeEnvironment()
  const context = { limits: DEFAULT_FEDERATION_LIMITS, environment }
  const verifier = new Verifier({
    context: context as unknown as FederationContext,
    established: () => undefined,
    open: ({ remote }) => {
      opened.push(remote)
      return new Promise(() => {})
    },
  })
  const ask = (remote: string, address: string) =>
    void verifier.verify({ local: 'a.example', remote, id: '1', key: 'k', address })
  for (let n = 0; n < 60; n++) ask(`d${n}.silent.example`, '192.0.2.66')
  environment.advance(50)
  expect(opened).toHaveLength(5)
  ask('honest.example', '192.0.2.1')
  expect(opened).toContain('honest.example')
})

/** An authoritative server whose streams do as they are told, one after the other; `undefined` as an answer: it broke. */
function authority(...behaviours: readonly (() => Promise<DialbackOutcome | undefined>)[]) {
  const environment = new FakeEnvironment()
  const context = { limits: DEFAULT_FEDERATION_LIMITS, environment }
  const left = [...behaviours]
  let opened = 0
  const stream = (verify: () => Promise<DialbackOutcome | undefined>, onEnd: { now?: () => void } = {}) =>
    ({
      pendingVerifications: 0,
      close: () => {},
      onEnd: (callback: () => void) => {
        onEnd.now = callback
      },
      verify: async () => {
        const answer = await verify()
        if (!answer) onEnd.now?.()
        return answer
      },
    }) as unknown as OutgoingStream
  const standing: { stream: OutgoingStream | undefined } = { stream: undefined }
  const verifier = new Verifier({
    context: context as unknown as FederationContext,
    established: () => standing.stream,
    open: async () => {
      opened++
      const next = left.shift()
      if (!next) throw new FederationError('unreachable', 'nobody listens')
      if (next === lost) throw new FederationError('connection-lost', 'cut')
      return stream(next)
    },
  })
  const ask = () =>
    verifier.verify({ local: 'a.example', remote: 'b.example', id: '1', key: 'k', address: '192.0.2.1' })
  return { environment, ask, opened: () => opened, standing, stream }
}
const valid = async (): Promise<DialbackOutcome> => ({ type: 'valid' })
const broken = async () => undefined
const lost = async () => undefined

describe('XEP-0220 §2.2.1: while a key is verified, the connection to the authoritative server breaks', () => {
  it.each([
    ['before the answer', broken],
    ['in negotiation', lost],
  ])('%s: it is asked once more', async (_, behaviour) => {
    const { ask, opened } = authority(behaviour, valid)
    expect(await ask()).toEqual({ type: 'valid' })
    expect(opened()).toBe(2)
  })

  it.each([
    ['before the answer', broken],
    ['in negotiation', lost],
  ])('%s, twice: an error, which is no verdict on the key', async (_, behaviour) => {
    const { ask, opened } = authority(behaviour, behaviour, valid)
    expect(await ask()).toMatchObject({ type: 'error', error: { condition: 'remote-server-timeout' } })
    expect(opened()).toBe(2)
  })

  it('strangers cannot make it connect again and again: the failure is remembered', async () => {
    const { ask, opened, environment } = authority(lost, lost, valid)
    await ask()
    expect(await ask()).toMatchObject({ type: 'error' })
    expect(opened()).toBe(2)
    environment.advance(5_000)
    expect(await ask()).toEqual({ type: 'valid' })
  })

  it('a stream that stood already breaks, or is silent: a new one is asked', async () => {
    const { ask, opened, environment, standing, stream } = authority(valid, valid)
    standing.stream = stream(broken)
    expect(await ask()).toEqual({ type: 'valid' })
    standing.stream = stream(() => new Promise(() => {}))
    const answer = ask()
    environment.advance(5_000)
    expect(await answer).toEqual({ type: 'valid' })
    expect(opened()).toBe(1) // the first stays open for a moment
  })

  it('a server that nobody reaches is not tried twice', async () => {
    const { ask, opened } = authority()
    expect(await ask()).toMatchObject({ type: 'error', error: { condition: 'remote-server-timeout' } })
    expect(opened()).toBe(1)
  })
})
