import type { Element } from '@parlour/xml'
import type { StreamError, StreamHeader } from '@parlour/xml-stream'
import type { ClosedState, ClosingOutput } from './closing.ts'
import type { FailureOutput, InitiatorEnding } from './initiator-failure.ts'
import type { NegotiationError } from './negotiation-error.ts'
import type { NegotiationOutput } from './negotiation-output.ts'
import type { ReceivingInput } from './receiving-input.ts'

/** Content namespace of a stream that a component opens to a server (XEP-0114 §3). */
export const COMPONENT_NAMESPACE = 'jabber:component:accept'

/** A component's stream is one from its beginning to its end: it knows neither STARTTLS nor restarts (XEP-0114 §3). */
type OfOneStream<Event extends { readonly type: string }> = Exclude<
  Event,
  { readonly type: 'tls-established' | 'tls-failed' | 'start-tls' | 'restart' }
>

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
  | ClosedState

/** What the receiving machine is told. */
export type ComponentReceiverInput =
  | OfOneStream<ReceivingInput>
  /** What became of the handshake; an error refuses the component. */
  | { readonly type: 'verdict'; readonly error: StreamError | undefined }

/** What the driver of the receiving machine is to do, in this order. */
export type ComponentReceiverOutput =
  | OfOneStream<NegotiationOutput>
  /** Compare this with the {@link componentHandshake} of the stream id and the component's secret; report `verdict`. */
  | { readonly type: 'verify'; readonly domain: string; readonly streamId: string; readonly handshake: string }
  | { readonly type: 'established'; readonly domain: string }
  | ClosingOutput

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
  /** The {@link componentHandshake} that was asked for. */
  | { readonly type: 'digest'; readonly handshake: string }
  | OfOneStream<InitiatorEnding>

/** What the driver of the initiating machine is to do, in this order. */
export type ComponentInitiatorOutput =
  | OfOneStream<NegotiationOutput>
  /** Compute the {@link componentHandshake} of this stream id; report `digest`. */
  | { readonly type: 'make-handshake'; readonly streamId: string }
  | { readonly type: 'established'; readonly header: StreamHeader }
  | FailureOutput

/** What a step of the initiating machine yields. */
export interface ComponentInitiatorStep {
  readonly state: ComponentInitiatorState
  readonly outputs: readonly ComponentInitiatorOutput[]
}
