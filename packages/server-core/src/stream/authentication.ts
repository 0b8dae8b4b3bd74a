import { type Jid, parseJid } from '@parlour/jid'
import { createReceiverExchange, failureElement, type ReceiverExchange, type ReceiverOutcome } from '@parlour/sasl'
import type { SaslOutcome } from '@parlour/stream-negotiation'
import { channelBindings } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import type { StreamHost } from './kernel-port.ts'
import { offeredAuthentication, offeredBindings, offeredMechanisms, usesBindings } from './offered-elements.ts'
import type { ClientStreamOptions } from './options.ts'
import type { ClientSession } from './session-port.ts'
import type { SignIn } from './sign-in.ts'

/** What a SASL element led to: what to send, and where the exchange stands. */
export interface AuthenticationStep {
  readonly send: readonly Element[]
  readonly outcome: SaslOutcome
}

/** What a connection is to those who authenticate on it. */
export interface AuthenticationParts {
  readonly connection: Connection
  readonly options: Pick<ClientStreamOptions, 'maxAuthenticationFailures'>
}

/** How the client of one stream signs in, by RFC 6120 §6 or by SASL2: made anew for every stream, from what is then known. */
export class Authentication {
  readonly #parts: AuthenticationParts
  #host: StreamHost | undefined
  #exchange: ReceiverExchange | undefined
  #signIn: SignIn | undefined

  constructor(parts: AuthenticationParts) {
    this.#parts = parts
  }

  /** Of the current stream. */
  get host(): StreamHost | undefined {
    return this.#host
  }

  /** SASL2 of the current stream; asked for only where it was offered. */
  get signIn(): SignIn {
    if (!this.#signIn) throw new Error('SASL2 was not offered')
    return this.#signIn
  }

  /** The client has a session now. */
  entered(session: ClientSession): void {
    this.#signIn?.entered(session)
  }

  /** `<mechanisms/>`, `<authentication/>` once TLS stands, and the channel bindings (XEP-0440); nothing without a mechanism. */
  features(host: StreamHost): Element[] {
    const { connection, options } = this.#parts
    const { security, remoteAddress } = connection
    const channelOctets = channelBindings(security)
    const bindings = [...channelOctets.keys()]
    const context = { tls: security !== undefined, security, remoteAddress, bindings, channelOctets }
    const server = host.saslServer(context)
    this.#host = host
    this.#exchange = createReceiverExchange(server, { maximumAttempts: options.maxAuthenticationFailures })
    this.#signIn = security && host.signIn?.(context, server)
    if (server.mechanisms.length === 0) return []
    const features = [offeredMechanisms(server.mechanisms)]
    if (this.#signIn) features.push(offeredAuthentication(this.#signIn.offer))
    if (usesBindings(server.mechanisms) && bindings.length > 0) features.push(offeredBindings(bindings))
    return features
  }

  /** Takes an element of RFC 6120 §6.4. */
  receive(element: Element): AuthenticationStep | Promise<AuthenticationStep> {
    const [host, exchange] = [this.#host, this.#exchange]
    if (!host || !exchange) return { send: [], outcome: { type: 'failure' } }
    const outcome = exchange.receive(element)
    return outcome instanceof Promise
      ? outcome.then((settled) => authenticationStep(settled, host.domain))
      : authenticationStep(outcome, host.domain)
  }
}

/** An outcome of the SASL exchange in the words of the negotiation. */
function authenticationStep(outcome: ReceiverOutcome, domain: string): AuthenticationStep {
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
export function accountOf(identity: string, domain: string): Jid | undefined {
  const jid = parseJid(identity)
  return jid.domain === domain && jid.local !== '' && jid.resource === '' ? jid : undefined
}
