import type { Jid } from '@parlour/jid'
import type { UserAgent } from '@parlour/sasl'
import type { Failure, ResumptionPoint } from '@parlour/stream-management'
import type { TlsInitiatorState, TlsPolicy } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'
import type { Bind2Request } from './sasl2-inline.ts'
import type { StreamBits } from './stream-bits.ts'

/** How an initiating entity uses SASL2 (XEP-0388), where it is offered. */
export interface Sasl2InitiatorPolicy {
  /** What the server is told of this client. */
  readonly userAgent?: UserAgent | undefined
  /** What is asked for along with binding (XEP-0386); undefined: a resource is bound as in RFC 6120 §7. */
  readonly bind?: Bind2Request | undefined
}

/** What an initiating entity wants. */
export interface InitiatorPolicy {
  /** The domain of the server: `to` of every header, name in its certificate. */
  readonly domain: string
  /** The account, sent as `from` once TLS stands (RFC 6120 §4.7.1). */
  readonly account: Jid | undefined
  /** Preferred language (RFC 6120 §4.7.4). */
  readonly lang: string | undefined
  readonly tls: TlsPolicy
  /** Resource to ask for; without one the server makes one (RFC 6120 §7.6). */
  readonly resource: string | undefined
  /** Milliseconds from the first header to the bound resource. */
  readonly negotiationTimeout: number
  /** The session to resume if the server offers it (XEP-0198 §5); if that fails, a resource is bound. */
  readonly resume?: (ResumptionPoint & { readonly jid: Jid }) | undefined
  /** SASL2 is used where it is offered; undefined: the SASL of RFC 6120 alone. */
  readonly sasl2?: Sasl2InitiatorPolicy | undefined
}

/** What is known about a stream between two steps. */
export interface InitiatorStream {
  readonly policy: InitiatorPolicy
  readonly bits: StreamBits
  readonly tls: TlsInitiatorState
  /** The features of the current stream. */
  readonly features: Element | undefined
  /** The server's header of the current stream. */
  readonly header: StreamHeader | undefined
  /** Present once resumption was tried. */
  readonly resumption?: Resumption | undefined
}

/** What became of the session that was to be resumed (XEP-0198 §5). */
export type Resumption =
  /** It goes on; `h` is what the server has handled. */
  | { readonly type: 'resumed'; readonly h: number }
  /** It is lost, and a resource was bound instead; `failure.h`, if there, tells what had been handled. */
  | { readonly type: 'failed'; readonly failure: Failure }
