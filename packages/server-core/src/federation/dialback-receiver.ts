import {
  type DialbackErrorReason,
  type DialbackOutcome,
  dialbackError,
  type ResultRequest,
  readDialback,
  receivingVerdict,
  resultAnswer,
  type VerifyRequest,
  verifyAnswer,
} from '@parlour/dialback'
import type { PeerCertificate } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { answerVerification } from './dialback-authority.ts'
import type { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import type { StanzaExchange } from './stanza-exchange.ts'
import type { Verifier } from './verifier.ts'

/** The stream on which dialback is received. */
export interface DialbackStream {
  /** The id that this server gave the stream. */
  id(): string
  /** Of the connection's other end. */
  readonly address: string
  readonly pairs: DomainPairs
  send(element: Element): void
  /** Why this domain is not let in at all. */
  refusal(remote: string): StreamError | undefined
  certificate(remote: string): PeerCertificate
  valid(remote: string, local: string): void
  close(error?: StreamError): void
  /** Where its stanzas go: verification never runs over the same connection (XEP-0288 §2.2). */
  carrier(): StanzaExchange | undefined
}

/** The receiving server of dialback, and the authoritative one, on one incoming stream (XEP-0220 §2.2). */
export class DialbackReceiver {
  readonly #stream: DialbackStream
  readonly #context: FederationContext
  readonly #verifier: Verifier
  readonly #pending = new Set<string>()
  #isOver = false

  constructor(stream: DialbackStream, parts: { readonly context: FederationContext; readonly verifier: Verifier }) {
    this.#stream = stream
    this.#context = parts.context
    this.#verifier = parts.verifier
  }

  /** A promise means: what comes later waits. */
  receive(element: Element): Promise<void> | undefined {
    const dialback = readDialback(element)
    if (dialback?.kind === 'result-request') this.#result(dialback)
    else if (dialback?.kind === 'verify-request') return this.#verify(dialback)
    else if (dialback?.kind === 'malformed') this.#stream.close(new StreamError(dialback.condition, dialback.reason))
    else this.#stream.close(new StreamError('policy-violation', 'nobody asked for this')) // XEP-0220 §3.1
  }

  /** Answers that are still to come are of no use. */
  ended(): void {
    this.#isOver = true
  }

  /** As the receiving server (XEP-0220 §2.2.1): may `from` send to `to` on this stream? */
  #result(request: ResultRequest): void {
    const { from, to, key } = request
    const refusal = this.#stream.refusal(from)
    if (refusal) {
      this.#stream.close(refusal)
      return
    }
    const reason = this.#faultOf(request)
    if (reason) {
      this.#refuse(request, ...reason)
      return
    }
    const id = this.#stream.id()
    const pair = `${from} ${to}`
    this.#pending.add(pair)
    this.#verifier
      .verify({ local: to, remote: from, id, key, address: this.#stream.address }, this.#stream.carrier())
      .finally(() => this.#pending.delete(pair))
      // After a restart of the stream the id is another one, and so would the key be.
      .then((outcome) => this.#isOver || this.#stream.id() !== id || this.#verified(request, outcome))
      .catch((cause: unknown) => this.#context.kernel.reportError(cause))
  }

  #verified(request: ResultRequest, outcome: DialbackOutcome): void {
    const { answer, close } = receivingVerdict(outcome, this.#stream.pairs.size > 0)
    if (answer.type === 'error') this.#log(request, answer.error.text ?? answer.error.condition)
    else if (answer.type === 'invalid') this.#log(request, 'the key is not one of the authoritative server')
    this.#stream.send(resultAnswer(request, answer))
    if (answer.type === 'valid') this.#stream.valid(request.from, request.to)
    if (close) this.#stream.close()
  }

  #faultOf({ from, to }: ResultRequest): [DialbackErrorReason, (string | undefined)?] | undefined {
    const { kernel, policy, limits } = this.#context
    if (!kernel.isOwn(to)) return ['target-unknown']
    if (this.#pending.size >= limits.maxPendingDialback || this.#pending.has(`${from} ${to}`))
      return ['too-many-pairs', 'too many requests wait for an answer']
    if (this.#stream.pairs.size >= limits.maxPairsPerStream) return ['too-many-pairs']
    if (policy.security(from) !== 'verified') return undefined
    const certificate = this.#stream.certificate(from)
    return certificate.verified ? undefined : ['certificate-required', certificate.reason]
  }

  #refuse(request: ResultRequest, reason: DialbackErrorReason, text?: string): void {
    this.#log(request, text ?? reason)
    this.#stream.send(resultAnswer(request, dialbackError(reason, text)))
  }

  #log({ from, to }: ResultRequest, reason: string): void {
    const fields = { remote: from, local: to, reason }
    this.#context.refusals.warn('dialback of a server was refused', this.#stream.address, fields)
  }

  async #verify(request: VerifyRequest): Promise<void> {
    const outcome = await answerVerification(request, this.#context.kernel)
    if (!this.#isOver) this.#stream.send(verifyAnswer(request, outcome))
  }
}
