import { SaslError } from '@parlour/sasl'
import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import { NegotiationError, type NegotiationErrorCode } from '@parlour/stream-negotiation'
import { TransportError } from '@parlour/transport'
import { StreamError, type StreamErrorCondition } from '@parlour/xml-stream'
import { describe, expect, it, test } from 'vitest'
import { FEDERATION_ERROR_KINDS, FederationError } from './federation-error.ts'
import { negotiationFailure, streamFailure } from './negotiation-failure.ts'

/** `always`: somebody was there, so stanzas wait also for a server that was never reached. */
type Retry = 'never' | 'reached' | 'always'

function retryOf(error: FederationError): Retry {
  if (error.mayPass(false)) return 'always'
  return error.mayPass(true) ? 'reached' : 'never'
}

const failed = (code: NegotiationErrorCode, cause?: unknown, refusal?: StreamError) =>
  negotiationFailure(new NegotiationError(code, cause === undefined ? {} : { cause }), 'b.example', refusal)

const dialback = (condition: StanzaErrorCondition, type?: 'wait') =>
  failed('dialback-error', new StanzaError(condition, undefined, type ? { type } : {}))

describe('XEP-0220 §2.5: a dialback error', () => {
  it.each<[StanzaErrorCondition, Retry]>([
    ['remote-server-not-found', 'always'],
    ['remote-server-timeout', 'always'],
    ['resource-constraint', 'always'],
    ['internal-server-error', 'always'],
    ['service-unavailable', 'always'],
    ['undefined-condition', 'always'], // remote-connection-failed is read as this
    ['item-not-found', 'never'],
    ['policy-violation', 'never'],
    ['not-authorized', 'never'],
    ['forbidden', 'never'],
    ['not-acceptable', 'never'],
  ])('%s is tried again: %s', (condition, retry) => {
    expect(retryOf(dialback(condition))).toBe(retry)
  })

  it('RFC 6120 §8.3.2: of type wait may pass, whatever its condition', () => {
    expect(retryOf(dialback('policy-violation', 'wait'))).toBe('always')
  })

  it('invalid is definite, and so is a header without an id', () => {
    expect(retryOf(failed('dialback-invalid'))).toBe('never')
    expect(retryOf(failed('dialback-error', new Error('the response header has no id')))).toBe('never')
  })
})

describe('RFC 6120 §4.9.3: a stream error in negotiation', () => {
  it.each<[StreamErrorCondition, Retry]>([
    ['conflict', 'always'],
    ['connection-timeout', 'always'],
    ['internal-server-error', 'always'],
    ['remote-connection-failed', 'always'],
    ['reset', 'always'],
    ['resource-constraint', 'always'],
    ['see-other-host', 'always'],
    ['system-shutdown', 'always'],
    ['undefined-condition', 'always'],
    ['host-gone', 'never'],
    ['host-unknown', 'never'],
    ['invalid-from', 'never'],
    ['not-authorized', 'never'],
    ['policy-violation', 'never'],
    ['unsupported-version', 'never'],
  ])('%s is tried again: %s', (condition, retry) => {
    expect(retryOf(failed('stream-error', new StreamError(condition)))).toBe(retry)
  })

  it('ours for what the peer said is no verdict of the peer', () => {
    const fault = new StreamError('not-well-formed')
    expect(failed('stream-error', fault, fault)).toMatchObject({ code: 'protocol' })
  })

  it('on an established stream it is about a stanza: others may wait', () => {
    expect(retryOf(streamFailure(new StreamError('policy-violation'), 'b.example'))).toBe('always')
  })
})

describe('other failures of negotiation', () => {
  it.each<[NegotiationErrorCode, unknown, Retry]>([
    ['authentication-failed', new SaslError('failure', { condition: 'temporary-auth-failure' }), 'always'],
    ['authentication-failed', new SaslError('failure', { condition: 'not-authorized' }), 'never'],
    ['authentication-failed', new SaslError('failure', { condition: 'invalid-authzid' }), 'never'],
    ['mechanisms-not-offered', undefined, 'never'],
    ['connection-lost', new TransportError('reset', 'cut'), 'always'],
    ['stream-closed', undefined, 'always'],
    ['tls-failed', new TransportError('reset', 'cut'), 'always'],
    ['tls-failed', new TransportError('closed', 'the connection closed during the TLS handshake'), 'always'],
    ['tls-failed', new TransportError('timeout', 'the TLS handshake took too long'), 'reached'],
    ['tls-failed', new TransportError('tls', 'no protocol in common'), 'never'],
    ['tls-failed', new FederationError('certificate', 'it has expired'), 'never'],
    ['starttls-not-offered', undefined, 'never'],
    ['starttls-refused', undefined, 'never'],
    ['timeout', undefined, 'reached'],
    ['unexpected-element', undefined, 'reached'],
    ['invalid-addresses', undefined, 'reached'],
    ['unsupported-version', undefined, 'reached'],
  ])('%s (%s) is tried again: %s', (code, cause, retry) => {
    expect(retryOf(failed(code, cause))).toBe(retry)
  })
})

test('what DNS, connecting and policy say is tried again', () => {
  const retries = Object.entries(FEDERATION_ERROR_KINDS).map(([code, { retry }]) => [code, retry])
  expect(Object.fromEntries(retries)).toMatchObject({
    'not-found': 'never',
    'not-offered': 'never',
    'dns-failed': 'reached', // also when it did not answer in time
    unreachable: 'reached',
    certificate: 'never',
    denied: 'never',
  })
})
