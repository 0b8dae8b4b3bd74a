import { SaslError } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import { NegotiationError } from '@parlour/stream-negotiation'
import { TransportError } from '@parlour/transport'
import { StreamError } from '@parlour/xml-stream'
import { expect, test, vi } from 'vitest'
import { ACCOUNT, FakeStream, FEATURES, online, rejection, Scene, settled } from '../test/fake-streams.ts'
import { ClientError, type ConnectionState, createClient, isPermanent, openingError } from './index.ts'

const refused = () => new TransportError('refused', 'nobody listens')
const wrongPassword = () =>
  new NegotiationError('authentication-failed', { cause: new SaslError('failure', { condition: 'not-authorized' }) })

test('a client goes from connecting to online, and has the JID that was bound', async () => {
  using scene = new Scene()
  const states: ConnectionState[] = [scene.client.state]
  scene.client.onState((state) => states.push(state))
  expect(scene.client.jid.toString()).toBe('juliet@example.com')
  await scene.client.online()
  expect(states.map(({ status }) => status)).toEqual(['connecting', 'online'])
  expect(scene.client.jid.toString()).toBe('juliet@example.com/balcony-0')
  expect(scene.client.agreement?.mechanism).toBe('SCRAM-SHA-256')
})

test('the first failure is final unless told otherwise: a wrong address is told at once', async () => {
  const open = vi.fn(() => Promise.reject(refused()))
  const client = createClient({ jid: ACCOUNT, environment: new Scene().environment, open })
  const error = await rejection(client.online())
  expect(error).toMatchObject({ name: 'ClientError', code: 'connection-failed', cause: { code: 'refused' } })
  expect(client.state).toMatchObject({ status: 'closed', error })
  expect(open).toHaveBeenCalledTimes(1)
})

test('a client may be told to go on trying before it has ever been online', async () => {
  const scene = new Scene({ reconnection: { beforeFirstSession: true } }, [refused(), refused()])
  const isOnline = scene.client.online()
  await settled()
  expect(scene.client.state).toMatchObject({ status: 'waiting', attempt: 2, error: { code: 'connection-failed' } })
  scene.environment.advance(1_000)
  await settled()
  scene.environment.advance(2_000)
  await isOnline
  expect(scene.client.state.status).toBe('online')
  await scene.client.close()
})

test.each([
  ['a wrong password', wrongPassword(), 'authentication-failed', true],
  [
    'a server that cannot check passwords now (temporary-auth-failure, RFC 6120 §6.5.11)',
    new NegotiationError('authentication-failed', {
      cause: new SaslError('failure', { condition: 'temporary-auth-failure' }),
    }),
    'authentication-failed',
    false,
  ],
  [
    'a server that does not know the password',
    new NegotiationError('authentication-failed'),
    'authentication-failed',
    true,
  ],
  ['no mechanism in common', new NegotiationError('mechanisms-not-offered'), 'authentication-failed', true],
  ['STARTTLS not offered', new NegotiationError('starttls-not-offered'), 'tls-failed', false],
  ['a certificate for another name', new TransportError('certificate', 'not for example.com'), 'tls-failed', false],
  ['conflict (RFC 6120 §4.9.3.3)', new StreamError('conflict'), 'stream-error', true],
  ['policy-violation (RFC 6120 §4.9.3.14)', new StreamError('policy-violation'), 'stream-error', true],
  [
    'host-unknown (RFC 6120 §4.9.3.6)',
    new NegotiationError('stream-error', { cause: new StreamError('host-unknown') }),
    'stream-error',
    true,
  ],
  ['not-well-formed (RFC 6120 §4.9.3.13)', new StreamError('not-well-formed'), 'stream-error', true],
  ['system-shutdown (RFC 6120 §4.9.3.20)', new StreamError('system-shutdown'), 'stream-error', false],
  ['resource-constraint (RFC 6120 §4.9.3.17)', new StreamError('resource-constraint'), 'stream-error', false],
  ['reset (RFC 6120 §4.9.3.16)', new StreamError('reset'), 'stream-error', false],
  [
    'too many resources (RFC 6120 §7.6.2.1)',
    new NegotiationError('bind-failed', { cause: new StanzaError('resource-constraint') }),
    'negotiation-failed',
    false,
  ],
  [
    'binding not allowed (RFC 6120 §7.6.2.2)',
    new NegotiationError('bind-failed', { cause: new StanzaError('not-allowed') }),
    'negotiation-failed',
    true,
  ],
  ['another version', new NegotiationError('unsupported-version'), 'negotiation-failed', true],
  ['a negotiation that takes too long', new NegotiationError('timeout'), 'timeout', false],
  ['a connection that takes too long', new TransportError('timeout', 'too long'), 'timeout', false],
  ['a refused connection', refused(), 'connection-failed', false],
  ['anything else', new Error('?'), 'connection-failed', false],
] as const)('%s: the code, and whether it is given up', (_title, cause, code, permanent) => {
  const error = openingError(cause)
  expect(error).toBeInstanceOf(ClientError)
  expect(error.code).toBe(code)
  expect(isPermanent(error)).toBe(permanent)
  expect(error.cause).toBeDefined()
})

test('the cause of a failed sign-in is the SaslError, of a stream error the StreamError', () => {
  expect(openingError(wrongPassword()).cause).toBeInstanceOf(SaslError)
  const streamError = new NegotiationError('stream-error', { cause: new StreamError('host-unknown', 'no such host') })
  expect(openingError(streamError)).toMatchObject({ cause: { condition: 'host-unknown' }, message: /host-unknown/ })
})

test('after a loss of connection the client connects again, later each time (full jitter, bounded)', async () => {
  const scene = await online({ reconnection: { initialDelay: 1_000, maximumDelay: 4_000 } })
  const { environment, client } = scene
  scene.failures.push(...Array.from({ length: 6 }, refused))
  scene.stream.lose(new TransportError('reset', 'broken'))
  const bounds = [1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000]
  for (const [at, bound] of bounds.entries()) {
    const { state } = client
    expect(state).toMatchObject({ status: 'waiting', attempt: at + 2 })
    const delay = state.status === 'waiting' ? state.retryAt - environment.now() : Number.NaN
    expect(delay).toBeGreaterThanOrEqual(0)
    expect(delay).toBeLessThan(bound)
    expect(environment.nextTimerIn).toBe(delay)
    environment.advance(delay)
    expect(client.state.status).toBe('connecting')
    await settled()
  }
  expect(client.state.status).toBe('online')
  await client.close()
  expect(environment.pendingTimers).toBe(0)
})

test('only a session that lasted makes the delays begin anew', async () => {
  using scene = await online({ reconnection: { stableAfter: 30_000 }, keepalive: false })
  const { environment, client } = scene
  for (const attempt of [2, 3, 4]) {
    scene.stream.lose()
    expect(client.state).toMatchObject({ status: 'waiting', attempt })
    environment.advance(60_000)
    await client.online()
    environment.advance(attempt === 4 ? 30_000 : 1_000)
  }
  scene.stream.lose()
  expect(client.state).toMatchObject({ status: 'waiting', attempt: 2 })
})

test('it gives up after so many attempts in a row', async () => {
  const scene = await online({ reconnection: { maximumAttempts: 2 } })
  scene.failures.push(refused())
  scene.stream.lose()
  scene.environment.advance(1_000)
  await settled()
  expect(scene.client.state).toMatchObject({ status: 'closed', error: { code: 'connection-failed' } })
  expect(scene.environment.pendingTimers).toBe(0)
})

test.each(['conflict', 'policy-violation', 'not-authorized'] as const)(
  'a session that ends with %s is not opened again',
  async (condition) => {
    const scene = await online()
    scene.stream.lose(new StreamError(condition))
    expect(scene.client.state).toMatchObject({
      status: 'closed',
      error: { code: 'stream-error', cause: { condition } },
    })
    expect(scene.environment.pendingTimers).toBe(0)
    expect(scene.streams).toHaveLength(1)
  },
)

test('a password that is no longer accepted ends the reconnection', async () => {
  const scene = await online()
  scene.failures.push(wrongPassword())
  scene.stream.lose()
  scene.environment.advance(1_000)
  await settled()
  expect(scene.client.state).toMatchObject({ status: 'closed', error: { code: 'authentication-failed' } })
  expect(scene.environment.pendingTimers).toBe(0)
})

test('close() ends the stream in order and leaves no timer; twice is the same', async () => {
  const scene = await online()
  await Promise.all([scene.client.close(), scene.client.close()])
  expect(scene.stream.closed).toBe(true)
  expect(scene.client.state).toEqual({ status: 'closed', error: undefined })
  expect(scene.environment.pendingTimers).toBe(0)
  expect(await rejection(scene.client.online())).toMatchObject({ code: 'closed' })
})

test('await using closes', async () => {
  const scene = await online()
  {
    await using client = scene.client
    expect(client.state.status).toBe('online')
  }
  expect(scene.stream.closed).toBe(true)
})

test('close() while waiting cancels the next attempt', async () => {
  const scene = await online()
  scene.stream.lose()
  await scene.client.close()
  expect(scene.environment.pendingTimers).toBe(0)
  scene.environment.advance(1_000_000)
  expect(scene.streams).toHaveLength(1)
})

test('close() while connecting aborts the attempt; a stream that comes all the same is closed', async () => {
  const stream = new FakeStream(ACCOUNT.withResource('late'), FEATURES)
  let finish: (stream: FakeStream) => void = () => undefined
  let isAborted = () => false
  const { environment } = new Scene()
  const client = createClient({
    jid: ACCOUNT,
    environment,
    open: (signal) => {
      isAborted = () => signal.aborted
      return new Promise((resolve) => {
        finish = resolve
      })
    },
  })
  const isOnline = rejection(client.online())
  const closing = client.close()
  expect(isAborted()).toBe(true)
  finish(stream)
  await closing
  expect(stream.closed).toBe(true)
  expect(await isOnline).toMatchObject({ code: 'closed' })
})

test('a signal closes the client, also before it begins', async () => {
  const controller = new AbortController()
  const scene = await online({ signal: controller.signal })
  controller.abort('enough')
  await settled()
  expect(scene.client.state).toMatchObject({ status: 'closed', error: { code: 'aborted', cause: 'enough' } })
  expect(scene.stream.closed).toBe(true)
  const open = vi.fn()
  const client = createClient({ jid: ACCOUNT, environment: scene.environment, open, signal: AbortSignal.abort() })
  expect(await rejection(client.online())).toMatchObject({ code: 'aborted' })
  expect(open).not.toHaveBeenCalled()
})

test('a listener of a signal does not outlive the client', async () => {
  const controller = new AbortController()
  const remove = vi.spyOn(controller.signal, 'removeEventListener')
  const scene = await online({ signal: controller.signal })
  await scene.client.close()
  expect(remove).toHaveBeenCalledTimes(1)
})

test('online() can be given up without closing the client', async () => {
  using scene = await online()
  scene.stream.lose()
  const controller = new AbortController()
  const waiting = rejection(scene.client.online(controller.signal))
  controller.abort()
  expect(await waiting).toMatchObject({ code: 'aborted' })
  expect(scene.client.state.status).toBe('waiting')
})

test('send() rejects while there is no stream', async () => {
  const scene = await online()
  scene.stream.lose()
  expect(await rejection(scene.client.send(FEATURES))).toMatchObject({ code: 'disconnected' })
  await scene.client.close()
  expect(await rejection(scene.client.send(FEATURES))).toMatchObject({ code: 'closed' })
})
