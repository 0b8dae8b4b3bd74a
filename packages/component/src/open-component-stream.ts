import { createHash } from 'node:crypto'
import { OpenedClientStream } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import {
  COMPONENT_NAMESPACE,
  type ComponentInitiatorInput,
  type ComponentInitiatorOutput,
  type ComponentInitiatorState,
  componentHandshake,
  type Environment,
  startComponentInitiator,
  stepComponentInitiator,
} from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { el } from '@parlour/xml'
import {
  asWritten,
  STREAM_NAMESPACE,
  type StreamHandler,
  type StreamLimits,
  StreamParser,
  StreamWriter,
  WRITTEN_LIMITS,
} from '@parlour/xml-stream'

/** The library knows stanzas in the namespace of clients only. */
const CONTENT_NAMESPACE = { from: COMPONENT_NAMESPACE, to: CLIENT_NAMESPACE }

/** How the stream of a component is opened. */
export interface OpenComponentStreamOptions {
  readonly component: Jid
  readonly secret: string
  readonly environment: Environment
  readonly negotiationTimeout: number
  readonly limits: StreamLimits | undefined
  readonly signal: Signal
}

/** The part of `AbortSignal` that is used. */
interface Signal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * Opens a component's stream on a connection that was just made (XEP-0114 §3). On failure the connection is closed and
 * no timer is left.
 *
 * @throws {NegotiationError} `authentication-failed` for a secret that the server does not accept
 */
export function openComponentStream(
  connection: Connection,
  options: OpenComponentStreamOptions,
): Promise<OpenedClientStream> {
  return new Promise((resolve, reject) => new Opening(connection, options, { resolve, reject }))
}

type Output<Type extends ComponentInitiatorOutput['type']> = Extract<ComponentInitiatorOutput, { type: Type }>

interface Settlement {
  resolve(stream: OpenedClientStream): void
  reject(error: Error): void
}

const CLOSING_TIMEOUT = 5_000
const cryptography = { digest: (_: 'SHA-1', message: Uint8Array) => createHash('sha1').update(message).digest() }

/** Runs the initiating machine on a connection until the stream is established or has failed. */
class Opening {
  readonly #connection: Connection
  readonly #options: OpenComponentStreamOptions
  readonly #settlement: Settlement
  readonly #parser: StreamParser
  readonly #writer = new StreamWriter({ contentNamespace: COMPONENT_NAMESPACE })
  /** Who hears the parser: the negotiation, then the opened stream. */
  #handler: StreamHandler
  #state: ComponentInitiatorState
  #cancelTimer: (() => void) | undefined
  readonly #abort = () => this.#step({ type: 'abort', cause: this.#options.signal.reason })

  constructor(connection: Connection, options: OpenComponentStreamOptions, settlement: Settlement) {
    this.#connection = connection
    this.#options = options
    this.#settlement = settlement
    this.#handler = {
      header: (header) => this.#step({ type: 'header', header }),
      // The machine knows the handshake in the namespace of components, from which the parser has moved it.
      element: (element) => this.#step({ type: 'element', element: asWritten(element, CONTENT_NAMESPACE) }),
      footer: () => this.#step({ type: 'footer' }),
      error: (error) => this.#step({ type: 'invalid-input', error }),
    }
    this.#parser = this.#createParser()
    connection.onClose((cause) => this.#step({ type: 'connection-lost', cause }))
    connection.onData((chunk) => this.#parser.write(chunk))
    const { component, negotiationTimeout, signal } = options
    const start = startComponentInitiator({ domain: component.domain, negotiationTimeout })
    this.#state = start.state
    this.#run(start.outputs)
    signal.addEventListener('abort', this.#abort)
    if (signal.aborted) this.#abort()
  }

  #createParser(): StreamParser {
    const handler: StreamHandler = {
      header: (header) => this.#handler.header(header),
      element: (element) => this.#handler.element(element),
      footer: () => this.#handler.footer(),
      error: (error) => this.#handler.error(error),
    }
    return new StreamParser(handler, {
      contentNamespaces: [COMPONENT_NAMESPACE],
      contentNamespace: CONTENT_NAMESPACE,
      limits: this.#options.limits ?? WRITTEN_LIMITS,
    })
  }

  #step(input: ComponentInitiatorInput): void {
    const { state, outputs } = stepComponentInitiator(this.#state, input)
    this.#state = state
    this.#run(outputs)
  }

  #run(outputs: readonly ComponentInitiatorOutput[]): void {
    for (const output of outputs) Opening.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in ComponentInitiatorOutput['type']]: (self: Opening, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => {
      const late = () => self.#step({ type: 'negotiation-timeout' })
      self.#cancelTimer = self.#options.environment.setTimer(milliseconds, late)
    },
    'clear-negotiation-timer': (self) => self.#cancelTimer?.(),
    'send-header': (self, { header }) => self.#connection.write(self.#writer.header(header)),
    send: (self, { element }) => self.#connection.write(self.#writer.element(element)),
    'make-handshake': (self, { streamId }) => self.#prove(streamId),
    established: (self, { header }) => self.#establish(header),
    failed: (self, output) => self.#fail(output),
  }

  #prove(streamId: string): void {
    const handshake = componentHandshake(streamId, this.#options.secret, cryptography)
    this.#step({ type: 'digest', handshake: handshake as string })
  }

  /** From here on everything is in `jabber:client`: what the writer leaves to the stream's namespace is not. */
  #establish(header: Output<'established'>['header']): void {
    const { component, environment, signal } = this.#options
    signal.removeEventListener('abort', this.#abort)
    const features = el('features', STREAM_NAMESPACE)
    const stream = new OpenedClientStream(
      { jid: component, features, header, mechanism: 'handshake' },
      { connection: this.#connection, writer: this.#writer, environment, closingTimeout: CLOSING_TIMEOUT },
    )
    this.#handler = stream
    this.#settlement.resolve(stream)
  }

  /** No socket and no timer is left behind. */
  #fail({ error, streamError, footer }: Output<'failed'>): void {
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#parser.stop()
    if (footer) {
      this.#connection.write((streamError ? this.#writer.error(streamError) : '') + this.#writer.footer())
      this.#connection.end()
    } else this.#connection.destroy()
    this.#settlement.reject(error)
  }
}
