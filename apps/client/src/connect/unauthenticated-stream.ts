import { ClientError } from '@parlour/client-core'
import { type Iq, iq, readStanza, StanzaError } from '@parlour/stanza'
import {
  type InitiatorInput,
  type InitiatorOutput,
  type InitiatorState,
  randomIdentifier,
  startInitiator,
  stepInitiator,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import { type Element, serialize } from '@parlour/xml'
import {
  DEFAULT_LIMITS,
  type StreamHandler,
  StreamParser,
  StreamWriter,
  UNAUTHENTICATED_LIMITS,
} from '@parlour/xml-stream'
import { systemEnvironment } from './system-environment.ts'

const CLIENT_CONTENT = 'jabber:client'

/** How the opening ends. */
interface Settlement {
  resolve(stream: UnauthenticatedStream): void
  reject(error: unknown): void
}

interface Pending {
  readonly id: string
  resolve(result: Element | undefined): void
  reject(error: unknown): void
}

/** Opens a stream as far as authentication, under TLS: where an account is registered (XEP-0077 §3.1). */
export function openUnauthenticatedStream(
  connection: Connection,
  domain: string,
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<UnauthenticatedStream> {
  return new Promise((resolve, reject) => new UnauthenticatedStream(connection, domain, options, { resolve, reject }))
}

/** A stream under TLS on which nobody is signed in; takes one request at a time. */
export class UnauthenticatedStream {
  readonly #connection: Connection
  readonly #settlement: Settlement
  readonly #writer = new StreamWriter({ contentNamespace: CLIENT_CONTENT })
  readonly #parser: StreamParser
  readonly #signal: AbortSignal
  readonly #abort = () => this.#step({ type: 'abort', cause: this.#signal.reason })
  readonly #timeout: number
  #state: InitiatorState
  #cancelTimer: (() => void) | undefined
  #pending: Pending | undefined
  /** What the server offers. */
  features: Element | undefined

  constructor(
    connection: Connection,
    domain: string,
    { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
    settlement: Settlement,
  ) {
    this.#connection = connection
    this.#settlement = settlement
    this.#signal = signal
    this.#timeout = timeout
    this.#parser = new StreamParser(this.#handler(), { limits: UNAUTHENTICATED_LIMITS })
    const start = startInitiator(
      {
        domain,
        account: undefined,
        lang: undefined,
        tls: 'required',
        resource: undefined,
        negotiationTimeout: timeout,
      },
      connection.security !== undefined,
    )
    this.#state = start.state
    connection.onClose((cause) => this.#closed(cause))
    connection.onData((chunk) => this.#parser.write(chunk))
    signal.addEventListener('abort', this.#abort)
    this.#run(start.outputs)
  }

  /** @throws {StanzaError} the server's answer; {ClientError} `timeout`, `connection-lost` */
  request(type: 'get' | 'set', payload: Element): Promise<Element | undefined> {
    const id = randomIdentifier(systemEnvironment)
    return new Promise((resolve, reject) => {
      this.#pending = { id, resolve, reject }
      this.#cancelTimer = systemEnvironment.setTimer(this.#timeout, () => this.#fail(new ClientError('timeout')))
      this.#connection.write(serialize(iq({ type, id, payload }), CLIENT_CONTENT))
    })
  }

  close(): void {
    this.#release()
    this.#connection.write(this.#writer.footer())
    this.#connection.end()
  }

  #handler(): StreamHandler {
    return {
      header: (header) => this.#step({ type: 'header', header }),
      element: (element) => {
        if (this.#pending) this.#reply(element)
        else this.#step({ type: 'element', element })
      },
      footer: () => this.#step({ type: 'footer' }),
      error: (error) => this.#step({ type: 'invalid-input', error }),
    }
  }

  #reply(element: Element): void {
    if (element.name !== 'iq') return
    const reply: Iq | undefined = asIq(element)
    const pending = this.#pending
    if (!reply || !pending || reply.id !== pending.id) return
    this.#pending = undefined
    this.#cancelTimer?.()
    if (reply.type === 'error') pending.reject(StanzaError.fromElement(element))
    else pending.resolve(reply.payload)
  }

  #step(input: InitiatorInput): void {
    const { state, outputs } = stepInitiator(this.#state, input, systemEnvironment)
    this.#state = state
    this.#run(outputs)
  }

  #run(outputs: readonly InitiatorOutput[]): void {
    for (const output of outputs) this.#perform(output)
  }

  #perform(output: InitiatorOutput): void {
    switch (output.type) {
      case 'set-negotiation-timer':
        this.#cancelTimer = systemEnvironment.setTimer(output.milliseconds, () =>
          this.#step({ type: 'negotiation-timeout' }),
        )
        break
      case 'clear-negotiation-timer':
        this.#cancelTimer?.()
        break
      case 'send-header':
        this.#connection.write(this.#writer.header(output.header))
        break
      case 'send':
        this.#connection.write(this.#writer.element(output.element))
        break
      case 'start-tls':
        this.#startTls(output.domain)
        break
      case 'restart':
        this.#parser.reset()
        break
      case 'begin-authentication':
        this.#cancelTimer?.()
        this.#parser.setLimits(DEFAULT_LIMITS) // under TLS: who it is, is known, and its form may show a picture
        this.features = output.features
        this.#settlement.resolve(this)
        break
      case 'failed':
        this.#fail(output.error)
        break
    }
  }

  #startTls(domain: string): void {
    this.#parser.reset()
    this.#connection.startTls({ servername: toAsciiDomain(domain) }).then(
      () => this.#step({ type: 'tls-established' }),
      (cause: unknown) => this.#step({ type: 'tls-failed', cause }),
    )
  }

  #closed(cause: Error | undefined): void {
    if (this.#pending) this.#fail(new ClientError('connection-lost', { cause }))
    else this.#step({ type: 'connection-lost', cause })
  }

  #fail(error: Error): void {
    this.#release()
    this.#connection.destroy()
    this.#settlement.reject(error)
    this.#pending?.reject(error)
    this.#pending = undefined
  }

  #release(): void {
    this.#cancelTimer?.()
    this.#signal.removeEventListener('abort', this.#abort)
    this.#parser.stop()
  }
}

function asIq(element: Element): Iq | undefined {
  try {
    const stanza = readStanza(element)
    return stanza.kind === 'iq' ? stanza : undefined
  } catch {
    return undefined // no answer; the timer ends the waiting
  }
}
