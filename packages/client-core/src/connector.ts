import type { Environment } from '@parlour/stream-negotiation'
import type { StreamError } from '@parlour/xml-stream'
import { createAbortController, type Signal } from './abort.ts'
import type { ClientStream } from './client.ts'
import { ClientError } from './client-error.ts'
import type { ConnectionState } from './connection-state.ts'
import { isPermanent, lossError, openingError } from './failures.ts'
import { type ReconnectionOptions, reconnectionDelay } from './reconnection.ts'

/** What the life of a connection is reported to. */
export interface ConnectorEvents {
  /** The state has changed; with `online`, the stream is {@link Connector.stream}. */
  changed(state: ConnectionState): void
  /** There is a stream. @returns whether it goes on with the session of before */
  opened(stream: ClientStream): boolean
  /** The stream is gone. @returns whether its session may go on with another one */
  lost(): boolean
}

/** What a connector is given. */
export interface ConnectorOptions {
  readonly environment: Environment
  /** `undefined`: the first failure is final. */
  readonly reconnection: ReconnectionOptions | undefined
  open(signal: Signal): Promise<ClientStream>
}

/** Opens streams, one after the other, until told to close or until there is no hope. */
export class Connector {
  readonly #options: ConnectorOptions
  readonly #events: ConnectorEvents
  #state: ConnectionState = { status: 'connecting', attempt: 1 }
  #stream: ClientStream | undefined
  /** Failures since the last session that lasted. */
  #failures = 0
  #onlineSince: number | undefined
  #wasOnline = false
  /** Undoes what the present state waits for. */
  #cancel: (() => void) | undefined
  #closing: Promise<void> | undefined
  /** Resolves when the attempt under way is over. */
  #attempt: Promise<void> = Promise.resolve()

  constructor(options: ConnectorOptions, events: ConnectorEvents) {
    this.#options = options
    this.#events = events
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** The stream while online. */
  get stream(): ClientStream | undefined {
    return this.#stream
  }

  /** Makes the next attempt. */
  start(): void {
    const controller = createAbortController()
    this.#cancel = () => controller.abort(new ClientError('closed'))
    this.#change({ status: 'connecting', attempt: this.#failures + 1 })
    if (this.#closing) return
    this.#attempt = this.#options.open(controller.signal).then(
      (stream) => this.#opened(stream),
      (error: unknown) => this.#failed(openingError(error)),
    )
  }

  /** Ends for good. Resolves when nothing is left. */
  close(error?: ClientError): Promise<void> {
    this.#closing ??= this.#close(error)
    return this.#closing
  }

  /** Gives up the present stream as if the connection had been lost. */
  drop(error: ClientError): void {
    this.#abandon(error)?.destroy()
  }

  /** The server breaks the rules: it is told so, and another stream is opened. */
  refuse(error: StreamError): void {
    const stream = this.#abandon(new ClientError('connection-lost', { message: error.message, cause: error }))
    stream?.send(error.toElement())
    void stream?.close()
  }

  #abandon(error: ClientError): ClientStream | undefined {
    const stream = this.#stream
    if (stream) this.#lost(stream, error)
    return stream
  }

  async #close(error: ClientError | undefined): Promise<void> {
    if (this.#state.status === 'closed') return
    this.#cancel?.()
    await this.#attempt
    const stream = this.#stream
    this.#stream = undefined
    this.#change({ status: 'closed', error })
    await stream?.close()
  }

  #opened(stream: ClientStream): Promise<void> | void {
    // Closed meanwhile, too late for the abort to be noticed.
    if (this.#closing) return stream.close()
    this.#stream = stream
    this.#wasOnline = true
    this.#onlineSince = this.#options.environment.now()
    this.#cancel = undefined
    stream.onClose((error) => this.#lost(stream, lossError(error)))
    if (this.#stream !== stream) return
    const resumed = this.#events.opened(stream)
    this.#change({ status: 'online', jid: stream.jid, resumed })
  }

  #lost(stream: ClientStream, error: ClientError): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    const { reconnection, environment } = this.#options
    const lasted = environment.now() - (this.#onlineSince ?? 0)
    if (reconnection && lasted >= reconnection.stableAfter) this.#failures = 0
    this.#failed(error)
  }

  #failed(error: ClientError): void {
    if (this.#closing) return
    const { reconnection, environment } = this.#options
    this.#failures++
    const hopeless = isPermanent(error) || !reconnection || this.#failures >= reconnection.maximumAttempts
    if (hopeless || !(this.#wasOnline || reconnection.beforeFirstSession)) {
      this.#cancel = undefined
      this.#change({ status: 'closed', error })
      return
    }
    const resumable = this.#events.lost()
    const delay = reconnectionDelay(this.#failures, reconnection, environment)
    this.#cancel = environment.setTimer(delay, () => this.start())
    this.#change({
      status: 'waiting',
      attempt: this.#failures + 1,
      retryAt: environment.now() + delay,
      error,
      resumable,
    })
  }

  #change(state: ConnectionState): void {
    this.#state = state
    this.#events.changed(state)
  }
}
