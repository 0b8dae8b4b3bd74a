import { StanzaError, type StanzaErrorCondition } from '@parlour/stanza'

interface Kind {
  /** What a sender is answered (RFC 6120 §8.3.3.16, §8.3.3.17). */
  readonly condition: StanzaErrorCondition
  /**
   * When it is tried again while stanzas wait. `never`: a definite verdict, what waits is answered at once.
   * `reached`: where the server was reached before. `always`: somebody was there, and it may be otherwise soon.
   */
  readonly retry: 'never' | 'reached' | 'always'
}

const timeout = (retry: Kind['retry']): Kind => ({ condition: 'remote-server-timeout', retry })

/** Why another server is not reached, and what that means for stanzas. */
export const FEDERATION_ERROR_KINDS = {
  /** DNS: there is no such domain. */
  'not-found': { condition: 'remote-server-not-found', retry: 'never' },
  /** DNS: the domain says that it has no XMPP server (RFC 2782, target "."). */
  'not-offered': { condition: 'remote-server-not-found', retry: 'never' },
  /** DNS did not answer, or with an error. */
  'dns-failed': timeout('reached'),
  /** No endpoint could be connected to. */
  unreachable: timeout('reached'),
  /** The other side does not offer TLS, or the handshake failed. */
  tls: timeout('never'),
  /** The certificate is not one for that domain, and policy wants one. */
  certificate: timeout('never'),
  /** Neither SASL EXTERNAL nor dialback led anywhere. */
  authentication: timeout('never'),
  /** The other side was told by whom it asked that our key is not ours (XEP-0220 §2.1.1 says with what stanzas are returned). */
  'dialback-invalid': { condition: 'internal-server-error', retry: 'never' },
  /** The other side could not find out who we are, which may be otherwise soon (XEP-0220 §2.5, RFC 6120 §6.5.11). */
  'authentication-delayed': timeout('always'),
  /** Something was said that has no place in the protocol. */
  protocol: timeout('reached'),
  /** The other side ended the stream, for a reason that may pass. */
  'stream-error': timeout('always'),
  /** The other side refused a stream before it was established, and would refuse the next one (RFC 6120 §4.9.3). */
  'stream-refused': timeout('never'),
  'connection-lost': timeout('always'),
  timeout: timeout('reached'),
  /** Deny list, or not in the allow list. */
  denied: { condition: 'not-allowed', retry: 'never' },
  'queue-full': { condition: 'resource-constraint', retry: 'reached' },
  'too-many-links': { condition: 'resource-constraint', retry: 'reached' },
  /** Larger than the peer takes (XEP-0478 §3). */
  'stanza-too-large': { condition: 'policy-violation', retry: 'reached' },
  closed: timeout('reached'),
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

  /** Whether what waits for the server may go on waiting: it may be reached soon. */
  mayPass(wasReached: boolean): boolean {
    const { retry } = FEDERATION_ERROR_KINDS[this.code]
    return retry === 'always' || (retry === 'reached' && wasReached)
  }

  /** What a stanza is answered that could not be sent. */
  toStanzaError(): StanzaError {
    return new StanzaError(FEDERATION_ERROR_KINDS[this.code].condition, this.message, { cause: this })
  }
}
