import { CLIENT_NAMESPACE, isStanza } from '@parlour/stanza'
import {
  acknowledgementText,
  createStreamManagementInitiator,
  type EnableGrant,
  offersStreamManagement,
  REQUEST_TEXT,
  type StreamManagementInitiatorInput,
  type StreamManagementInitiatorOutput,
  type StreamManagementInitiatorState,
  StreamManagementReceiver,
  stepStreamManagementInitiator,
} from '@parlour/stream-management'
import type { Environment } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import type { ClientStream } from '../client.ts'
import { ClientError } from '../client-error.ts'
import type { StreamAgreement } from '../stream/index.ts'
import type { SessionWish, StreamManagementOptions } from './options.ts'
import { Outbox, type Unacknowledged } from './outbox.ts'
import { toSendAgain } from './resend.ts'

/** What a managed session asks of the client. */
export interface SessionEvents {
  /** The server no longer answers. */
  dead(): void
  /** The server broke the rules: tell it, and give the stream up. */
  violated(error: StreamError): void
}

type Output<Type extends StreamManagementInitiatorOutput['type']> = Extract<
  StreamManagementInitiatorOutput,
  { type: Type }
>

/**
 * What outlives a connection: the counters of both directions, and what was sent and is not acknowledged (XEP-0198). On
 * a stream without stream management it only passes on.
 */
export class ManagedSession {
  readonly #environment: Environment
  readonly #options: StreamManagementOptions | undefined
  readonly #events: SessionEvents
  #machine: StreamManagementInitiatorState = createStreamManagementInitiator()
  #outbox: Outbox | undefined
  #receiver: StreamManagementReceiver | undefined
  #grant: EnableGrant | undefined
  #agreement: StreamAgreement | undefined
  #stream: ClientStream | undefined

  /** @param options `undefined`: no stream management */
  constructor(environment: Environment, options: StreamManagementOptions | undefined, events: SessionEvents) {
    this.#environment = environment
    this.#options = options
    this.#events = events
  }

  /** What is sent is kept until the server acknowledges it, on this stream or the next. */
  get isManaged(): boolean {
    return this.#outbox !== undefined
  }

  /** The session can be asked for again when its connection is lost. */
  get isResumable(): boolean {
    return this.#grant?.resume === true
  }

  /** What was agreed upon on the latest stream. */
  get agreement(): StreamAgreement | undefined {
    return this.#agreement
  }

  /** What is wanted of the next stream. */
  get wish(): SessionWish {
    if (!this.#options) return {}
    const enable = { resume: this.#options.resume, max: this.#options.maximumResumption }
    const { id: previd, location } = this.#grant ?? {}
    if (!this.isResumable || !this.#receiver || !this.#agreement || previd === undefined) return { enable }
    const { jid, features } = this.#agreement
    return { enable, resume: { previd, h: this.#receiver.h, jid, location, features } }
  }

  /** Goes on with a new stream: as the session of before, or as another one. @returns whether it is the one of before */
  attach(stream: ClientStream): boolean {
    this.#stream = stream
    this.#agreement = stream.agreement
    const { resumption } = stream.agreement
    if (resumption?.type === 'resumed' && this.#outbox) {
      this.#machine = { name: 'active' }
      this.#judge(this.#outbox.resume(stream, resumption.h))
      return true
    }
    const left = this.#lose(resumption?.type === 'failed' ? resumption.failure.h : undefined)
    this.#begin(stream.agreement)
    for (const each of left) this.#sendAgain(each)
    return false
  }

  /** The connection is lost; what is sent from now on waits for the next one. */
  detach(): void {
    this.#stream = undefined
    this.#outbox?.detach()
  }

  /** Sends, and keeps what the server is to acknowledge; `settle` hears of that. Without a stream it is only kept. */
  send(stanza: Element, settle?: Unacknowledged['settle']): ClientError | undefined {
    if (this.#outbox && isCounted(stanza)) return this.#outbox.send({ stanza, at: this.#environment.now(), settle })
    this.#stream?.send(stanza)
    return undefined
  }

  /** Takes an element of stream management; false: there is none on this stream. */
  receive(element: Element): boolean {
    if (!this.#outbox) return false
    this.#step({ type: 'element', element })
    return true
  }

  /** The program was given an element. */
  handled(element: Element): void {
    if (this.#receiver && isCounted(element)) this.#receiver.handled()
  }

  /** Something came from the server. */
  heard(): void {
    this.#outbox?.heard()
  }

  /** Asks for a sign of life. */
  prod(): void {
    this.#stream?.send(REQUEST_TEXT)
  }

  /** Last words before the stream is closed: what was handled (XEP-0198 §4), and the question whether the server has all. */
  farewell(): void {
    if (this.#receiver?.owesAcknowledgement) this.#acknowledge()
    if (this.#outbox?.hasWaiters) this.#outbox.ask()
  }

  /** There will be no further stream. */
  end(cause: ClientError | undefined): void {
    for (const { settle } of this.#lose(undefined)) settle?.(notAcknowledged(cause))
    this.detach()
  }

  /** The session is over; `h` is what the server is known to have handled. @returns what it may not have handled */
  #lose(h: number | undefined): Unacknowledged[] {
    const left = this.#outbox?.close(h) ?? []
    this.#outbox = undefined
    this.#receiver = undefined
    this.#grant = undefined
    return left
  }

  #begin({ features, enabled }: StreamAgreement): void {
    this.#machine = createStreamManagementInitiator()
    if (!this.#options) return
    const { resume, maximumResumption: max } = this.#options
    if (enabled) {
      this.#machine = { name: 'active' }
      this.#countSent(this.#options)
      this.#receiver = new StreamManagementReceiver()
      this.#grant = enabled
    } else if (offersStreamManagement(features)) this.#step({ type: 'enable', request: { resume, max } })
  }

  #countSent(options: StreamManagementOptions): void {
    this.#outbox = new Outbox(this.#stream, options, this.#environment, () => this.#events.dead())
  }

  #sendAgain({ stanza, at, settle }: Unacknowledged): void {
    const again = toSendAgain(stanza, at)
    if (again && this.#outbox) {
      const error = this.#outbox.send({ stanza: again, at, settle })
      if (error) settle?.(error)
      return
    }
    if (again) this.#stream?.send(again)
    settle?.(notAcknowledged())
  }

  #acknowledge(): void {
    if (this.#receiver) this.#stream?.send(acknowledgementText(this.#receiver.answer()))
  }

  /** After a violation the counters are not to be trusted: the session is not asked for again. */
  #judge(error: StreamError | undefined): void {
    if (!error) return
    this.#grant = undefined
    this.#events.violated(error)
  }

  #step(input: StreamManagementInitiatorInput): void {
    const { state, outputs } = stepStreamManagementInitiator(this.#machine, input)
    this.#machine = state
    for (const output of outputs) ManagedSession.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in StreamManagementInitiatorOutput['type']]: (self: ManagedSession, output: Output<Type>) => void
  } = {
    send: (self, { element }) => self.#stream?.send(element),
    'count-sent': (self) => self.#options && self.#countSent(self.#options),
    'count-handled': (self) => {
      self.#receiver = new StreamManagementReceiver()
    },
    'answer-request': (self) => self.#acknowledge(),
    acknowledged: (self, { h }) => self.#judge(self.#outbox?.acknowledge(h)),
    enabled: (self, { grant }) => {
      self.#grant = grant
    },
    // Resumption is asked for while the stream is opened.
    resumed: () => undefined,
    failed: (self) => {
      for (const { settle } of self.#lose(undefined)) settle?.(notAcknowledged())
    },
    'stream-error': (self, { error }) => self.#judge(error),
  }
}

/** XEP-0198 §1: messages, presence and IQs; other first-level elements, such as those of XEP-0352, are not counted. */
const isCounted = (element: Element): boolean => element.namespace === CLIENT_NAMESPACE && isStanza(element)

const notAcknowledged = (cause?: ClientError): ClientError => new ClientError('not-acknowledged', { cause })
