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

/** Why another server is not reached, and what that means for stanzas; {@link FederationError} says what each stands for. */
export const FEDERATION_ERROR_KINDS = {
  'not-found': { condition: 'remote-server-not-found', retry: 'never' },
  'not-offered': { condition: 'remote-server-not-found', retry: 'never' },
  'dns-failed': timeout('reached'),
  unreachable: timeout('reached'),
  tls: timeout('never'),
  certificate: timeout('never'),
  authentication: timeout('never'),
  'dialback-invalid': { condition: 'internal-server-error', retry: 'never' },
  'authentication-delayed': timeout('always'),
  protocol: timeout('reached'),
  'stream-error': timeout('always'),
  'stream-refused': timeout('never'),
  'connection-lost': timeout('always'),
  timeout: timeout('reached'),
  denied: { condition: 'not-allowed', retry: 'never' },
  'queue-full': { condition: 'resource-constraint', retry: 'reached' },
  'too-many-links': { condition: 'resource-constraint', retry: 'reached' },
  'stanza-too-large': { condition: 'policy-violation', retry: 'reached' },
  closed: timeout('reached'),
} as const satisfies Readonly<Record<string, Kind>>

/** A key of {@link FEDERATION_ERROR_KINDS}. */
export type FederationErrorCode = keyof typeof FEDERATION_ERROR_KINDS

/**
 * Why another server is not reached. The message is for operators and senders, and holds nothing secret.
 *
 * - `not-found`: DNS: there is no such domain
 * - `not-offered`: DNS: the domain says that it has no XMPP server (RFC 2782, target ".")
 * - `dns-failed`: DNS did not answer, or with an error
 * - `unreachable`: no endpoint could be connected to
 * - `tls`: the other side does not offer TLS, or the handshake failed
 * - `certificate`: the certificate is not one for that domain, and policy wants one
 * - `authentication`: neither SASL EXTERNAL nor dialback led anywhere
 * - `dialback-invalid`: the other side was told by whom it asked that our key is not ours (XEP-0220 §2.1.1 says with what stanzas
 *   are returned)
 * - `authentication-delayed`: the other side could not find out who we are, which may be otherwise soon (XEP-0220 §2.5,
 *   RFC 6120 §6.5.11)
 * - `protocol`: something was said that has no place in the protocol
 * - `stream-error`: the other side ended the stream, for a reason that may pass
 * - `stream-refused`: the other side refused a stream before it was established, and would refuse the next one (RFC 6120 §4.9.3)
 * - `connection-lost`: the connection ended before the stream did
 * - `timeout`: the other side did not get that far in time
 * - `denied`: the domain is on the deny list, or not on the allow list
 * - `queue-full`: as much as may waits for the domain already
 * - `too-many-links`: too many other servers at once, or too many for one account that have not been reached yet
 * - `stanza-too-large`: larger than the peer takes (XEP-0478 §3)
 * - `closed`: this server stops
 */
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
