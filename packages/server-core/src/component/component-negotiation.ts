import { CLIENT_NAMESPACE } from '@parlour/stanza'
import {
  COMPONENT_NAMESPACE,
  type ComponentReceiverInput,
  type ComponentReceiverOutput,
  type ComponentReceiverState,
  startComponentReceiver,
  stepComponentReceiver,
} from '@parlour/stream-negotiation'
import { asWritten, type ContentNamespace, StreamError } from '@parlour/xml-stream'
import type { AcceptedStreamParts, NegotiationInput, StreamNegotiation } from '../stream/accepted-stream.ts'
import type { ComponentSession, Components } from './components.ts'
import type { ComponentStreamOptions } from './options.ts'

type Output<Type extends ComponentReceiverOutput['type']> = Extract<ComponentReceiverOutput, { type: Type }>

/** Inside, the stanzas of components are like all others. */
export const CONTENT_NAMESPACE: ContentNamespace = { from: COMPONENT_NAMESPACE, to: CLIENT_NAMESPACE }

/** The machine knows the handshake in the namespace of components, from which the parser has moved it. */
const restored = (input: NegotiationInput | ComponentReceiverInput): NegotiationInput | ComponentReceiverInput =>
  input.type === 'element' ? { ...input, element: asWritten(input.element, CONTENT_NAMESPACE) } : input

/** Runs the receiving machine of XEP-0114 until the handshake is accepted. */
export class ComponentNegotiation implements StreamNegotiation {
  readonly lang = undefined
  readonly #parts: AcceptedStreamParts<ComponentSession>
  readonly #components: Components
  #state: ComponentReceiverState
  #session: ComponentSession | undefined
  #cancelTimer: (() => void) | undefined

  constructor(
    parts: AcceptedStreamParts<ComponentSession>,
    { lang, negotiationTimeout }: ComponentStreamOptions,
    components: Components,
  ) {
    this.#parts = parts
    this.#components = components
    const component = (domain: string) => (components.serves(domain) ? domain : undefined)
    const start = startComponentReceiver({ component, lang, negotiationTimeout })
    this.#state = start.state
    this.#run(start.outputs)
  }

  step(input: NegotiationInput | ComponentReceiverInput): void {
    const { state, outputs } = stepComponentReceiver(this.#state, restored(input), this.#components.environment)
    this.#state = state
    this.#run(outputs)
  }

  end(): void {
    this.#state = { name: 'closed' }
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #run(outputs: readonly ComponentReceiverOutput[]): void {
    for (const output of outputs) ComponentNegotiation.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in ComponentReceiverOutput['type']]: (self: ComponentNegotiation, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => self.#setTimer(milliseconds),
    'clear-negotiation-timer': (self) => self.#cancelTimer?.(),
    'send-header': (self, { header }) => self.#parts.outbound.header(header),
    send: (self, { element }) => self.#parts.outbound.element(element),
    verify: (self, output) => self.#verify(output),
    established: (self) => self.#session && self.#parts.established(self.#session, undefined),
    close: (self, { error, footer }) => self.#parts.failed(error, footer),
  }

  #setTimer(milliseconds: number): void {
    this.#cancelTimer = this.#components.environment.setTimer(milliseconds, () => {
      this.#parts.inbox.clear()
      this.step({ type: 'negotiation-timeout' })
    })
  }

  #verify({ domain, streamId, handshake }: Output<'verify'>): void {
    const { remoteAddress } = this.#parts.stream
    const verdict = this.#components.verify({ domain, streamId, handshake, remoteAddress })
    this.#parts.inbox.waitFor(verdict, (error) => this.#judge(domain, error))
  }

  /** The secret is right: the domain is claimed in the same turn, unless the connection is gone by now. */
  #judge(domain: string, error: StreamError | undefined): void {
    if (this.#state.name !== 'awaiting-verdict') return
    const claimed = error ?? this.#components.claim(domain, this.#parts.stream)
    if (claimed instanceof StreamError) this.step({ type: 'verdict', error: claimed })
    else {
      this.#session = claimed
      this.step({ type: 'verdict', error: undefined })
    }
  }
}
