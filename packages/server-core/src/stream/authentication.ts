import { type Jid, parseJid } from '@parlour/jid'
import {
  channelBindingsElement,
  failureElement,
  mechanismsElement,
  type ReceiverOutcome,
  type SaslServer,
} from '@parlour/sasl'
import type { SaslOutcome } from '@parlour/stream-negotiation'
import { channelBindings } from '@parlour/tls-negotiation'
import type { TlsSecurity } from '@parlour/transport'
import type { Element } from '@parlour/xml'

/** What a SASL element led to: what to send, and where the exchange stands. */
export interface AuthenticationStep {
  readonly send: readonly Element[]
  readonly outcome: SaslOutcome
}

/** `<mechanisms/>`, and the channel bindings beside it (XEP-0440); nothing if there is no mechanism. */
export function mechanismFeatures(server: SaslServer, security: TlsSecurity | undefined): Element[] {
  if (server.mechanisms.length === 0) return []
  const bindings = [...channelBindings(security).keys()]
  const mechanisms = mechanismsElement(server.mechanisms)
  return bindings.length === 0 ? [mechanisms] : [mechanisms, channelBindingsElement(bindings)]
}

/** An outcome of the SASL exchange in the words of the negotiation. */
export function authenticationStep(outcome: ReceiverOutcome, domain: string): AuthenticationStep {
  switch (outcome.type) {
    case 'continue':
      return { send: [outcome.send], outcome: { type: outcome.failure ? 'failure' : 'continue' } }
    case 'close':
      return { send: outcome.send ? [outcome.send] : [], outcome: { type: 'close', condition: outcome.streamError } }
    case 'discarded':
      return { send: [], outcome: { type: 'continue' } }
    case 'success':
      return succeed(outcome.send, accountOf(outcome.success.identity, domain))
  }
}

function succeed(send: Element, account: Jid | undefined): AuthenticationStep {
  return account
    ? { send: [send], outcome: { type: 'success', account } }
    : { send: [failureElement('not-authorized')], outcome: { type: 'failure' } }
}

/** The account is who authenticated, and it is an account of this host (RFC 6120 §4.3.6; CVE-2018-10847). */
function accountOf(identity: string, domain: string): Jid | undefined {
  const jid = parseJid(identity)
  return jid.domain === domain && jid.local !== '' && jid.resource === '' ? jid : undefined
}
