import { dialbackKey } from '@parlour/dialback'
import {
  type PeerCertificate,
  type ServerInitiatorInput,
  type ServerInitiatorOutput,
  type ServerInitiatorState,
  startServerInitiator,
  stepServerInitiator,
} from '@parlour/stream-negotiation'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import { readCertificate } from './certificate.ts'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import { negotiationFailure, tlsFailureCode } from './negotiation-failure.ts'
import type { ServerNames } from './server-connector.ts'
import type { ServerStream } from './server-stream.ts'

/** What an outgoing stream is for. */
export interface OutgoingPurpose extends ServerNames {
  readonly purpose: 'stanzas' | 'verify'
  /** SASL EXTERNAL may be tried. */
  readonly external: boolean
  /** Told of each step, for whoever wants to see them. */
  observe?(step: OutgoingStep): void
}

/** A step of an outgoing stream that was taken. */
export type OutgoingStep =
  | { readonly type: 'tls'; readonly protocol: string; readonly cipher: string }
  /** `chainFault`: why its chain is not accepted, names aside. */
  | { readonly type: 'certificate'; readonly certificate: PeerCertificate; readonly chainFault: string | undefined }
  /** `dialback`: the header declares it (XEP-0220 §2.4.1). */
  | { readonly type: 'features'; readonly features: Element; readonly dialback: boolean }

type Output<Type extends ServerInitiatorOutput['type']> = Extract<ServerInitiatorOutput, { type: Type }>

/** What the machine found when it was done. */
export type Established = Output<'established'>

/** What a negotiation acts upon. */
export interface OutgoingNegotiationParts {
  readonly io: ServerStream
  readonly purpose: OutgoingPurpose
  readonly context: FederationContext
  established(outcome: Established): void
  failed(error: FederationError, streamError: StreamError | undefined, footer: boolean): void
}

/** Runs the initiating machine: gives it what arrives, does what it says. */
export class OutgoingNegotiation {
  readonly #parts: OutgoingNegotiationParts
  #state: ServerInitiatorState | undefined
  #cancelTimer: (() => void) | undefined

  constructor(parts: OutgoingNegotiationParts) {
    this.#parts = parts
  }

  /** Judges a certificate that is there from the beginning (XEP-0368), then begins. */
  start(): void {
    const { io } = this.#parts
    if (!io.security) {
      this.#begin(undefined)
      return
    }
    this.#judge()
      .then((certificate) => {
        if (io.isLost) return
        if (certificate instanceof FederationError) this.#parts.failed(certificate, undefined, false)
        else this.#begin(certificate)
      })
      .catch((cause: unknown) => io.fail(cause))
  }

  step(input: ServerInitiatorInput): void {
    if (this.#state) this.#run(stepServerInitiator(this.#state, input, this.#parts.context.environment))
  }

  end(): void {
    this.#cancelTimer?.()
  }

  #begin(certificate: PeerCertificate | undefined): void {
    this.#run(startServerInitiator(this.#policy(), certificate !== undefined, certificate))
    this.#parts.io.open()
  }

  #policy(): Parameters<typeof startServerInitiator>[0] {
    const { limits, lang, bidirectional } = this.#parts.context
    const { local, remote, purpose, external } = this.#parts.purpose
    return {
      ...{ local, remote, purpose, lang, external },
      negotiationTimeout: limits.negotiationTimeout,
      dialback: true,
      bidirectional: bidirectional && purpose === 'stanzas',
      limits: { maxBytes: limits.limits.maxStanzaBytes },
    }
  }

  #run({ state, outputs }: ReturnType<typeof stepServerInitiator>): void {
    this.#state = state
    for (const output of outputs) OutgoingNegotiation.#perform[output.type](this, output as never)
  }

  static readonly #perform: {
    readonly [Type in ServerInitiatorOutput['type']]: (self: OutgoingNegotiation, output: Output<Type>) => void
  } = {
    'set-negotiation-timer': (self, { milliseconds }) => self.#setTimer(milliseconds),
    'clear-negotiation-timer': (self) => self.#cancelTimer?.(),
    'send-header': (self, { header }) => self.#parts.io.header(header),
    send: (self, { element }) => self.#parts.io.element(element),
    'start-tls': (self) => self.#startTls(),
    restart: (self) => self.#parts.io.restart(),
    'make-dialback-key': (self, output) => self.#makeKey(output),
    established: (self, output) => self.#parts.established(output),
    failed: (self, { error, streamError, footer }) =>
      self.#parts.failed(negotiationFailure(error, self.#parts.purpose.remote, streamError), streamError, footer),
  }

  #setTimer(milliseconds: number): void {
    const { environment } = this.#parts.context
    this.#cancelTimer = environment.setTimer(milliseconds, () => this.step({ type: 'negotiation-timeout' }))
  }

  #startTls(): void {
    const { io, purpose } = this.#parts
    io.restart() // what was read in plain text is void (RFC 6120 §5.4.3.3)
    const handshake = io.connection.startTls({ servername: toAsciiDomain(purpose.remote) })
    const judged = handshake
      .then(() => this.#judge())
      .catch(
        (cause: unknown) => new FederationError(tlsFailureCode(cause), tlsFailure(purpose.remote, cause), { cause }),
      )
    io.waitReading(judged, (certificate) => {
      if (certificate instanceof FederationError) this.step({ type: 'tls-failed', cause: certificate })
      else this.step({ type: 'tls-established', certificate })
    })
  }

  /** The certificate, as far as policy looks at it; a FederationError when policy does not accept it. */
  async #judge(): Promise<PeerCertificate | FederationError> {
    const { io, purpose, context } = this.#parts
    const { security } = io
    const { remote } = purpose
    const level = context.policy.security(remote)
    if (security) purpose.observe?.({ type: 'tls', protocol: security.protocol, cipher: security.cipher })
    if (level === 'dialback') return { verified: false, reason: 'not looked at' }
    const presented = await readCertificate(security, context)
    const certificate = presented.proves(remote)
    purpose.observe?.({ type: 'certificate', certificate, chainFault: presented.chainFault })
    if (certificate.verified || level === 'encrypted') return certificate
    return new FederationError('certificate', `the certificate of ${remote} is not accepted: ${certificate.reason}`)
  }

  #makeKey(input: Output<'make-dialback-key'>): void {
    const { io, context } = this.#parts
    const key = context.kernel.dialbackSecret().then((secret) => dialbackKey(secret, input))
    io.waitReading(key, (made) => this.step({ type: 'dialback-key', key: made }))
  }
}

function tlsFailure(remote: string, cause: unknown): string {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return `the TLS handshake with ${remote} failed${reason}`
}
