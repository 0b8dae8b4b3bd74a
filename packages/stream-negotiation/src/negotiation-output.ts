import type { Element } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'

/** What every machine may ask of its driver. */
export type NegotiationOutput =
  | { readonly type: 'set-negotiation-timer'; readonly milliseconds: number }
  /** An opening header. What belonged to an earlier stream is void: a SASL server, the id of dialback keys. */
  | { readonly type: 'send-header'; readonly header: StreamHeader }
  | { readonly type: 'send'; readonly element: Element }
  /**
   * Reset the parser and discard buffered plain text, start the handshake for `domain`, report `tls-established` or
   * `tls-failed`. The next thing on the connection is a new stream header.
   */
  | { readonly type: 'start-tls'; readonly domain: string }
  /** The next thing on the connection is a new stream header: reset the parser. */
  | { readonly type: 'restart' }

/** What a receiving machine may ask besides. */
export type ReceivingOutput =
  | NegotiationOutput
  /** `<stream:features/>` with these children. */
  | { readonly type: 'send-features'; readonly features: readonly Element[] }
