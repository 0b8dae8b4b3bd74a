import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'

interface Kind {
  /** What a sender is answered (RFC 6120 §8.3.3.16, §8.3.3.17). */
  readonly condition: StanzaErrorCondition
  /** Trying again soon changes nothing: what waits is answered at once. */
  readonly isLasting: boolean
}

const timeout = (isLasting: boolean): Kind => ({ condition: 'remote-server-timeout', isLasting })

/** Why another server is not reached, and what that means for stanzas. */
export const FEDERATION_ERROR_KINDS = {
  /** DNS: there is no such domain. */
  'not-found': { condition: 'remote-server-not-found', isLasting: true },
  /** DNS: the domain says that it has no XMPP server (RFC 2782, target "."). */
  'not-offered': { condition: 'remote-server-not-found', isLasting: true },
  /** DNS did not answer, or with an error. */
  'dns-failed': timeout(false),
  /** No endpoint could be connected to. */
  unreachable: timeout(false),
  /** The other side does not offer TLS, or the handshake failed. */
  tls: timeout(true),
  /** The certificate is not one for that domain, and policy wants one. */
  certificate: timeout(true),
  /** Neither SASL EXTERNAL nor dialback led anywhere. */
  authentication: timeout(true),
  /** Something was said that has no place in the protocol. */
  protocol: timeout(false),
  'stream-error': timeout(false),
  'connection-lost': timeout(false),
  timeout: timeout(false),
  /** Deny list, or not in the allow list. */
  denied: { condition: 'not-allowed', isLasting: true },
  'queue-full': { condition: 'resource-constraint', isLasting: false },
  'too-many-links': { condition: 'resource-constraint', isLasting: false },
  /** Larger than the peer takes (XEP-0478 §3). */
  'stanza-too-large': { condition: 'policy-violation', isLasting: false },
  closed: timeout(false),
} as const satisfies Readonly<Record<string, Kind>>

/** A key of {@link FEDERATION_ERROR_KINDS}. */
export type FederationErrorCode = keyof typeof FEDERATION_ERROR_KINDS

/** Why another server is not reached. The message is for operators and senders, and holds nothing secret. */
export class FederationError extends Error {
  override readonly name = 'FederationError'
  readonly code: FederationErrorCode

  constructor(code: FederationErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  get isLasting(): boolean {
    return FEDERATION_ERROR_KINDS[this.code].isLasting
  }

  /** What a stanza is answered that could not be sent. */
  toStanzaError(): StanzaError {
    return new StanzaError(FEDERATION_ERROR_KINDS[this.code].condition, this.message, { cause: this })
  }
}
