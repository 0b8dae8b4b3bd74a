import { enable, resume, type StreamManagementElement } from '@parlour/stream-management'
import { StreamError } from '@parlour/xml-stream'
import type { FederationContext } from './federation-context.ts'
import { ManagedSession } from './managed-session.ts'
import type { StanzaExchange } from './stanza-exchange.ts'

/** What stream management led to. */
export interface ManagementResult {
  /** Of a former session that is lost: what it had not been told is handled, in order; to be sent again. */
  readonly leftover: readonly string[]
}

/**
 * The initiating side of XEP-0198 until stanzas may flow: resumes a former session, or begins one. Nothing is sent
 * before the answer, so that each stanza belongs to a session which both sides know.
 */
export class OutgoingManagement {
  readonly #exchange: StanzaExchange
  readonly #context: FederationContext
  readonly #former: ManagedSession | undefined
  readonly #done: (result: ManagementResult) => void
  #step: 'resuming' | 'enabling' | 'done' = 'enabling'
  #leftover: readonly string[] = []

  constructor(
    exchange: StanzaExchange,
    former: ManagedSession | undefined,
    context: FederationContext,
    done: (result: ManagementResult) => void,
  ) {
    this.#exchange = exchange
    this.#former = former
    this.#context = context
    this.#done = done
  }

  begin(): void {
    const { stream } = this.#exchange
    const handling = this.#former?.receiver.settled()
    if (handling) stream.waitFor(handling, () => this.begin())
    else if (this.#former?.id !== undefined) {
      this.#step = 'resuming'
      stream.element(resume({ previd: this.#former.id, h: this.#former.receiver.answer() }))
    } else this.#enable(this.#former?.sender.unacknowledged() ?? [])
  }

  /** Takes what the peer answers; false when it is no answer. */
  take(element: StreamManagementElement): boolean {
    if (this.#step === 'done') return false
    if (element.kind === 'failed') this.#failed(element.h)
    else if (element.kind === 'resumed' && this.#step === 'resuming') this.#resumed(element.previd, element.h)
    else if (element.kind === 'enabled' && this.#step === 'enabling')
      this.#enabled(element.resume ? element.id : undefined)
    else return false
    return true
  }

  #enable(leftover: readonly string[]): void {
    this.#step = 'enabling'
    this.#leftover = leftover
    const max = Math.floor(this.#context.limits.resumptionTime / 1000)
    this.#exchange.stream.element(enable({ resume: true, max }))
  }

  #enabled(id: string | undefined): void {
    this.#exchange.manage(new ManagedSession(this.#context, id))
    this.#finish()
  }

  #resumed(previd: string, h: number): void {
    const session = this.#former as ManagedSession
    const fault = previd === session.id ? session.acknowledge(h) : new StreamError('policy-violation')
    if (fault instanceof StreamError) {
      this.#exchange.refuse(fault)
      return
    }
    session.countTold()
    this.#exchange.manage(session)
    this.#exchange.retransmit()
    this.#finish()
  }

  /** XEP-0198 §5: a count in `<failed/>` tells what was handled before the session was lost. */
  #failed(h: number | undefined): void {
    if (this.#step === 'enabling') {
      this.#finish()
      return
    }
    const session = this.#former as ManagedSession
    const { sender } = session
    const isTold = h !== undefined && !(session.acknowledge(h) instanceof StreamError)
    if (isTold) session.countTold()
    else session.countUnknown()
    this.#enable(sender.unacknowledged())
  }

  #finish(): void {
    this.#step = 'done'
    this.#done({ leftover: this.#leftover })
  }
}
