import type { TlsInitiatorState } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'
import type { FailureOutput, InitiatorEnding } from './initiator-failure.ts'
import type { NegotiationError } from './negotiation-error.ts'
import type { NegotiationOutput } from './negotiation-output.ts'
import type { StreamBits } from './stream-bits.ts'
import type { AnnouncedLimits } from './stream-limits.ts'

/** How an outgoing stream was authenticated; `none` on a stream that only carries `<db:verify/>` (XEP-0220 §2.1.2). */
export type ServerAuthentication = 'external' | 'dialback' | 'none'

/** What the driver found about the peer's certificate: chain and identity. It is carried along for whoever asks later. */
export interface PeerCertificate {
  readonly verified: boolean
  /** Why it is not, in words for an operator. */
  readonly reason?: string | undefined
}

/** What an initiating server wants. TLS is always required, whatever else is said here. */
export interface ServerInitiatorPolicy {
  /** The domain that stanzas will come from: `from` of every header. */
  readonly local: string
  /** The domain that stanzas will go to: `to` of every header, and the name in the peer's certificate. */
  readonly remote: string
  /** Milliseconds from the first header to the authenticated stream. */
  readonly negotiationTimeout: number
  /** SASL EXTERNAL may be used where offered (XEP-0178); default true. False after the peer has refused it by closing. */
  readonly external?: boolean | undefined
  /** Dialback may be used where EXTERNAL is not offered or fails (XEP-0220). */
  readonly dialback: boolean
  /** Stanzas of the peer are welcome on this stream too (XEP-0288). */
  readonly bidirectional: boolean
  /** What this side accepts on a bidirectional stream, told in `<bidi/>` (XEP-0478 §3.2). */
  readonly limits?: AnnouncedLimits | undefined
  /** `verify`: only `<db:verify/>` is to be sent, which needs TLS and no authentication. */
  readonly purpose: 'stanzas' | 'verify'
  /** Preferred language (RFC 6120 §4.7.4). */
  readonly lang?: string | undefined
}

/** What is known about a stream between two steps. */
export interface ServerInitiatorStream {
  readonly policy: ServerInitiatorPolicy
  readonly bits: StreamBits
  readonly tls: TlsInitiatorState
  readonly certificate: PeerCertificate | undefined
  /** The features of the current stream. */
  readonly features: Element | undefined
  /** The peer's header of the current stream. */
  readonly header: StreamHeader | undefined
  /** Why EXTERNAL failed, if it did: it is not tried again. */
  readonly externalFailure: Error | undefined
}

/** The initiating half of a server-to-server stream, named for what it waits for. */
export type ServerInitiatorState =
  | { readonly name: 'awaiting-header'; readonly stream: ServerInitiatorStream }
  | { readonly name: 'awaiting-features'; readonly stream: ServerInitiatorStream }
  | { readonly name: 'awaiting-proceed'; readonly stream: ServerInitiatorStream }
  | { readonly name: 'awaiting-handshake'; readonly stream: ServerInitiatorStream }
  /** `<auth mechanism='EXTERNAL'/>` is sent. */
  | { readonly name: 'awaiting-external'; readonly stream: ServerInitiatorStream }
  /** The driver makes the key. */
  | { readonly name: 'awaiting-dialback-key'; readonly stream: ServerInitiatorStream }
  /** `<db:result/>` is sent. */
  | { readonly name: 'awaiting-dialback-result'; readonly stream: ServerInitiatorStream }
  | { readonly name: 'established'; readonly stream: ServerInitiatorStream }
  | { readonly name: 'failed'; readonly error: NegotiationError }

/** What the initiating machine is told. */
export type ServerInitiatorInput =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | { readonly type: 'element'; readonly element: Element }
  /** The handshake is complete, and the driver's policy accepts the certificate; else it says `tls-failed`. */
  | { readonly type: 'tls-established'; readonly certificate?: PeerCertificate | undefined }
  /** The key that `make-dialback-key` asked for. */
  | { readonly type: 'dialback-key'; readonly key: string }
  | InitiatorEnding

/** What the driver is to do, in this order. */
export type ServerInitiatorOutput =
  | NegotiationOutput
  /** Make the key for this pair and stream (XEP-0185), report `dialback-key`. */
  | {
      readonly type: 'make-dialback-key'
      readonly receiving: string
      readonly originating: string
      readonly streamId: string
    }
  /** Stanzas may flow; with `none`, only `<db:verify/>`. The machine has nothing more to say. */
  | {
      readonly type: 'established'
      readonly authentication: ServerAuthentication
      /** Both directions are open (XEP-0288). */
      readonly bidirectional: boolean
      readonly certificate: PeerCertificate | undefined
      /** The peer answers dialback with errors instead of closing (XEP-0220 §2.4.2): several pairs may share the stream. */
      readonly dialbackErrors: boolean
      readonly features: Element
      readonly header: StreamHeader
      /** What the peer accepts (XEP-0478). */
      readonly limits: AnnouncedLimits | undefined
    }
  | FailureOutput

/** What a step yields. */
export interface ServerInitiatorStep {
  readonly state: ServerInitiatorState
  readonly outputs: readonly ServerInitiatorOutput[]
}
