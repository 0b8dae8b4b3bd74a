import { UNAUTHENTICATED_LIMITS } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { cryptography, failure, features, MECHANISMS, open, settle } from './client-stream.fixture.ts'

describe('failures', () => {
  test('RFC 6120 §6.5.10: a wrong password: authentication-failed, with the SaslError', async () => {
    const error = await failure(open(undefined, undefined, { credentials: { password: 'x', crypto: cryptography } }))
    expect(error.code).toBe('authentication-failed')
    expect(error.cause).toMatchObject({ code: 'failure', condition: 'not-authorized' })
  })

  test('no mechanism in common: authentication-failed, with the SaslError', async () => {
    const error = await failure(
      open(undefined, (server) => {
        server.features[1] = features(MECHANISMS.replace('SCRAM-SHA-1', 'X-ODD'))
      }),
    )
    expect(error).toMatchObject({ code: 'authentication-failed', cause: { code: 'no-acceptable-mechanism' } })
  })

  test('RFC 6120 §5.4.2.2: <failure/> is starttls-refused', async () => {
    const error = await failure(
      open(undefined, (server) => {
        server.proceed = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"
      }),
    )
    expect(error.code).toBe('starttls-refused')
  })

  test('RFC 6120 §4.9: the server’s stream error is the cause', async () => {
    const error = await failure(
      open(undefined, (server) => {
        server.features = [
          "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        ]
      }),
    )
    expect(error).toMatchObject({ code: 'stream-error', cause: { condition: 'host-unknown' } })
  })

  test('a server that says nothing: timeout, and no socket is left', async () => {
    const attempt = open(undefined, (server) => {
      server.features = ['']
    })
    await settle()
    attempt.environment.pass(30_000)
    expect((await failure(attempt)).code).toBe('timeout')
    expect(attempt.server.heard.slice(-2)).toEqual(['error', '</>'])
  })

  test('a connection that breaks: connection-lost', async () => {
    const attempt = open(undefined, (server) => {
      server.features = ['']
    })
    await settle()
    attempt.server.connection.destroy()
    expect((await failure(attempt)).code).toBe('connection-lost')
  })

  test('a handshake that breaks: tls-failed, with its cause', async () => {
    const attempt = open(undefined, (server) => {
      server.connection.startTls = async () => {
        await settle()
        server.connection.destroy()
      }
    })
    const error = await failure(attempt)
    expect(error.code).toBe('tls-failed')
  })

  test('an AbortSignal: before and in the middle, with its reason', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const attempt = open(
      undefined,
      (server) => {
        server.features = ['']
      },
      { signal: controller.signal },
    )
    await settle()
    controller.abort(reason)
    expect(await failure(attempt)).toMatchObject({ code: 'aborted', cause: reason })
    expect(await failure(open(undefined, undefined, { signal: AbortSignal.abort(reason) }))).toMatchObject({
      code: 'aborted',
      cause: reason,
    })
  })

  test.each([
    ['before TLS', 0],
    ['before authentication', 1],
  ])('RFC 6120 §13.12: more than negotiation needs is refused %s, not held', async (_, stream) => {
    const attempt = open(undefined, (server) => {
      server.features[stream] = features('<x xmlns="urn:x">').slice(0, -'</stream:features>'.length)
    })
    await settle()
    attempt.server.connection.write('x'.repeat(UNAUTHENTICATED_LIMITS.maxStanzaBytes))
    await settle()
    expect(attempt.server.isClosed).toBe(true)
    expect(await failure(attempt)).toMatchObject({ cause: { condition: 'policy-violation' } })
  })
})
