import type { Element } from '@parlour/xml'
import type { StreamError, StreamHeader } from '@parlour/xml-stream'
import type { NegotiationError } from './negotiation-error.ts'

/** Content namespace of a stream that a component opens to a server (XEP-0114 §3). */
export const COMPONENT_NAMESPACE = 'jabber:component:accept'

/** What a server that accepts components says of itself. */
export interface ComponentReceiverPolicy {
  /** The domain in its prepared form if a component may serve it; `undefined` → `host-unknown`. */
  component(domain: string): string | undefined
  /** Language of this side's texts (RFC 6120 §4.7.4). */
  readonly lang: string
  /** Milliseconds from accepting to the accepted handshake, whatever arrives meanwhile. */
  readonly negotiationTimeout: number
}

/** The receiving half of a component's stream, named for what it waits for. */
export type ComponentReceiverState =
  | { readonly name: 'awaiting-header'; readonly policy: ComponentReceiverPolicy }
  | { readonly name: 'awaiting-handshake'; readonly domain: string; readonly streamId: string }
  /** The handshake is with the driver. */
  | { readonly name: 'awaiting-verdict'; readonly domain: string }
  | { readonly name: 'established'; readonly domain: string }
  | { readonly name: 'closed' }

/** What the receiving machine is told. */
export type ComponentReceiverInput =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | { readonly type: 'element'; readonly element: Element }
  | { readonly type: 'footer' }
  /** The parser refused the input. */
  | { readonly type: 'stream-error'; readonly error: StreamError }
  | { readonly type: 'negotiation-timeout' }
  /** What became of the handshake; an error refuses the component. */
  | { readonly type: 'verdict'; readonly error: StreamError | undefined }

/** What the driver of the receiving machine is to do, in this order. */
export type ComponentReceiverOutput =
  | { readonly type: 'set-negotiation-timer'; readonly milliseconds: number }
  | { readonly type: 'clear-negotiation-timer' }
  | { readonly type: 'send-header'; readonly header: StreamHeader }
  | { readonly type: 'send'; readonly element: Element }
  /** Compare this with the {@link componentHandshake} of the stream id and the component's secret; report `verdict`. */
  | { readonly type: 'verify'; readonly domain: string; readonly streamId: string; readonly handshake: string }
  | { readonly type: 'established'; readonly domain: string }
  /** Send the error, then `</stream>`, and end the connection. */
  | { readonly type: 'close'; readonly error: StreamError | undefined }

/** What a step of the receiving machine yields. */
export interface ComponentReceiverStep {
  readonly state: ComponentReceiverState
  readonly outputs: readonly ComponentReceiverOutput[]
}

/** What a component wants. */
export interface ComponentInitiatorPolicy {
  /** The component's domain: `to` of the header (XEP-0114 §3). */
  readonly domain: string
  /** Milliseconds from the header to the accepted handshake. */
  readonly negotiationTimeout: number
}

/** The initiating half of a component's stream, named for what it waits for. */
export type ComponentInitiatorState =
  | { readonly name: 'awaiting-header' }
  /** The driver computes the handshake. */
  | { readonly name: 'awaiting-digest'; readonly header: StreamHeader }
  | { readonly name: 'awaiting-acknowledgement'; readonly header: StreamHeader }
  | { readonly name: 'established' }
  | { readonly name: 'failed'; readonly error: NegotiationError }

/** What the initiating machine is told. */
export type ComponentInitiatorInput =
  | { readonly type: 'header'; readonly header: StreamHeader }
  | { readonly type: 'element'; readonly element: Element }
  | { readonly type: 'footer' }
  /** The parser refused the input: this side ends the stream with that error. */
  | { readonly type: 'invalid-input'; readonly error: StreamError }
  /** The {@link componentHandshake} that was asked for. */
  | { readonly type: 'digest'; readonly handshake: string }
  | { readonly type: 'negotiation-timeout' }
  | { readonly type: 'connection-lost'; readonly cause: unknown }
  | { readonly type: 'abort'; readonly cause: unknown }

/** What the driver of the initiating machine is to do, in this order. */
export type ComponentInitiatorOutput =
  | { readonly type: 'set-negotiation-timer'; readonly milliseconds: number }
  | { readonly type: 'clear-negotiation-timer' }
  | { readonly type: 'send-header'; readonly header: StreamHeader }
  | { readonly type: 'send'; readonly element: Element }
  /** Compute the {@link componentHandshake} of this stream id; report `digest`. */
  | { readonly type: 'make-handshake'; readonly streamId: string }
  | { readonly type: 'established'; readonly header: StreamHeader }
  /** Give up: send the stream error if there is one, `</stream>` if `footer`, and end the connection. */
  | {
      readonly type: 'failed'
      readonly error: NegotiationError
      readonly streamError: StreamError | undefined
      readonly footer: boolean
    }

/** What a step of the initiating machine yields. */
export interface ComponentInitiatorStep {
  readonly state: ComponentInitiatorState
  readonly outputs: readonly ComponentInitiatorOutput[]
}
