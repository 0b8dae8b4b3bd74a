import { SASL_NAMESPACE } from '@parlour/sasl'
import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import type { PresentedCertificate } from './certificate.ts'
import type { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import type { ServerStream } from './server-stream.ts'

/** Characters of a domain that is not one yet: RFC 7622 §3.2 allows 1,023 octets. */
const MAX_CLAIM = 1_023

/** What is logged of a stream that another server opened, and that did not do as it should: one line for each refusal. */
export class IncomingRefusals {
  readonly #context: FederationContext
  readonly #io: ServerStream
  readonly #pairs: DomainPairs
  #claimed: string | undefined
  #isAuthority = false

  constructor(io: ServerStream, pairs: DomainPairs, context: FederationContext) {
    this.#io = io
    this.#pairs = pairs
    this.#context = context
  }

  /** The domain that the peer says to be of. */
  claims(domain: string | undefined): void {
    this.#claimed = domain?.slice(0, MAX_CLAIM)
  }

  /** The peer says something of dialback: who comes to ask about a key proves nothing, and stays for a while. */
  dialback(element: Element): void {
    this.#isAuthority ||= element.name === 'verify'
  }

  /** We answer the peer: perhaps that SASL has failed. */
  answered(element: Element, certificate: PresentedCertificate | undefined): void {
    if (!element.is('failure', SASL_NAMESPACE)) return
    const [condition] = element.elements().map(({ name }) => name)
    const reason = element.childText('text') ?? (this.#claimed && certificate?.proves(this.#claimed).reason)
    this.#bounded('a server could not prove its domain', { condition, reason })
  }

  /** We end the stream. */
  closed({ condition, text }: StreamError): void {
    const fields = { ...this.#facts(), condition, text, remoteAddress: this.#io.remoteAddress }
    const message = "a server's stream was refused"
    if (condition !== 'connection-timeout')
      if (this.#pairs.size > 0) this.#context.log.warn(fields, message)
      else this.#bounded(message, { condition, text })
    else if (!this.#isAuthority) this.#bounded('a server did not authenticate in time', { reason: text })
  }

  /** The peer ends the stream. */
  ended({ condition, text }: StreamError): void {
    const fields = { ...this.#facts(), condition, text, remoteAddress: this.#io.remoteAddress }
    this.#context.log.info(fields, 'a server ended its stream with an error')
  }

  /** The connection is dropped, because too much waits to be read by the peer. */
  overflowed(): void {
    this.#bounded('a server does not read what is sent to it', { reason: 'too much waits' })
  }

  #bounded(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#context.refusals.warn(message, this.#io.remoteAddress, { ...this.#facts(), ...fields })
  }

  #facts(): Readonly<Record<string, unknown>> {
    return { claimed: this.#claimed, tls: this.#io.security?.protocol, pairs: this.#pairs.list() }
  }
}
