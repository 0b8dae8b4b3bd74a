import type { Element } from '@parlour/xml'
import type { StreamError, StreamHeader } from '@parlour/xml-stream'

/** What every receiving machine is told of the connection. */
export type ReceivingInput =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | { readonly type: 'element'; readonly element: Element }
  /** The peer sent `</stream>`. */
  | { readonly type: 'footer' }
  /** The parser refused the input. */
  | { readonly type: 'stream-error'; readonly error: StreamError }
  /** The negotiation timer fired. */
  | { readonly type: 'negotiation-timeout' }
  | { readonly type: 'tls-established' }
  | { readonly type: 'tls-failed' }
