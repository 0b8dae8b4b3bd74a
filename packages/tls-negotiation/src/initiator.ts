import type { Element } from '@parlour/xml'
import { parseStarttlsFeature, STARTTLS_COMMAND, STARTTLS_PROCEED, TLS_NAMESPACE } from './starttls.ts'
import type { TlsInput, TlsOutput, TlsStep } from './tls-machine.ts'

/** What an initiating entity wants of TLS. `optional` is open to the removal of `<starttls/>` by anyone on the path. */
export type TlsPolicy = 'required' | 'optional' | 'none'

/** Why the initiating half gave up. */
export type TlsFailure =
  /** TLS is required here, and the peer did not offer it (or someone removed the offer, CVE-2016-10027). */
  | 'starttls-not-offered'
  /** The peer requires TLS, and it is switched off here. */
  | 'starttls-required'
  /** The peer answered `<failure/>` (RFC 6120 §5.4.2.2). */
  | 'starttls-refused'
  /** The peer answered neither `<proceed/>` nor `<failure/>`. */
  | 'starttls-unexpected-answer'
  /** The handshake or the check of the certificate failed (RFC 6120 §5.4.3.2). */
  | 'tls-failed'

/** The initiating entity's half of STARTTLS (RFC 6120 §5.4), named for what it waits for. */
export type TlsInitiatorState =
  | { readonly name: 'awaiting-features'; readonly policy: TlsPolicy }
  | { readonly name: 'awaiting-proceed' }
  | { readonly name: 'awaiting-handshake' }
  | { readonly name: 'secured' }
  /** TLS is not used on this stream, by policy. */
  | { readonly name: 'plain' }
  | { readonly name: 'failed'; readonly failure: TlsFailure }

/** What the initiating half is told; `features` is the peer's whole `<stream:features/>`. */
export type TlsInitiatorInput = TlsInput | { readonly type: 'features'; readonly features: Element }

type Step = TlsStep<TlsInitiatorState>

/** The first state of the initiating half; `secured` when the connection began with TLS (XEP-0368). */
export function createTlsInitiator(policy: TlsPolicy, secured: boolean): TlsInitiatorState {
  return secured ? { name: 'secured' } : { name: 'awaiting-features', policy }
}

/** One step of the initiating half. A state `failed` says why; its outputs close the connection. */
export function stepTlsInitiator(state: TlsInitiatorState, input: TlsInitiatorInput): Step {
  switch (state.name) {
    case 'awaiting-features':
      return input.type === 'features' ? decide(state.policy, input.features) : fail('starttls-unexpected-answer', true)
    case 'awaiting-proceed':
      return input.type === 'element' ? answer(input.element) : fail('starttls-unexpected-answer', true)
    case 'awaiting-handshake':
      return input.type === 'tls-established' ? secured() : fail('tls-failed', false)
    case 'secured':
    case 'plain':
      return input.type === 'tls-failed' ? fail('tls-failed', false) : { state, outputs: [] }
    case 'failed':
      return { state, outputs: [] }
  }
}

function decide(policy: TlsPolicy, features: Element): Step {
  const offer = parseStarttlsFeature(features.child('starttls', TLS_NAMESPACE))
  if (policy === 'none') return offer?.required ? fail('starttls-required', true) : plain()
  if (offer) return { state: { name: 'awaiting-proceed' }, outputs: [{ type: 'send', element: STARTTLS_COMMAND }] }
  return policy === 'required' ? fail('starttls-not-offered', true) : plain()
}

function answer(element: Element): Step {
  if (element.is(STARTTLS_PROCEED.name, TLS_NAMESPACE))
    return { state: { name: 'awaiting-handshake' }, outputs: [{ type: 'start-tls' }] }
  return element.is('failure', TLS_NAMESPACE)
    ? fail('starttls-refused', true)
    : fail('starttls-unexpected-answer', true)
}

function secured(): Step {
  return { state: { name: 'secured' }, outputs: [{ type: 'restart' }] }
}

function plain(): Step {
  return { state: { name: 'plain' }, outputs: [] }
}

function fail(failure: TlsFailure, footer: boolean): Step {
  const outputs: TlsOutput[] = [{ type: 'close', footer }]
  return { state: { name: 'failed', failure }, outputs }
}
