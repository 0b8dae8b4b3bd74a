import { enabled, failed, resumed, type StreamManagementElement } from '@parlour/stream-management'
import { randomIdentifier } from '@parlour/stream-negotiation'
import { StreamError } from '@parlour/xml-stream'
import type { FederationContext } from './federation-context.ts'
import { ManagedSession } from './managed-session.ts'
import type { ResumableSessions } from './resumable-sessions.ts'
import type { StanzaExchange } from './stanza-exchange.ts'

/** The accepting side of XEP-0198: grants sessions and resumptions. */
export class IncomingManagement {
  readonly #context: FederationContext
  readonly #sessions: ResumableSessions
  /** The pair that was authenticated first: a session belongs to it. */
  readonly #pair: { readonly remote: string; readonly local: string }
  readonly #exchange: StanzaExchange
  /** Called when a session lives on this stream. */
  readonly #managed: () => void

  constructor(
    exchange: StanzaExchange,
    pair: { readonly remote: string; readonly local: string },
    sessions: ResumableSessions,
    context: FederationContext,
    managed: () => void,
  ) {
    this.#exchange = exchange
    this.#pair = pair
    this.#sessions = sessions
    this.#context = context
    this.#managed = managed
  }

  take(element: StreamManagementElement): void {
    if (element.kind === 'enable' && !this.#exchange.session) this.#enable(element.resume)
    else if (element.kind === 'resume' && !this.#exchange.session) this.#resume(element.previd, element.h)
    else if (element.kind === 'enable' || element.kind === 'resume')
      this.#exchange.stream.element(failed({ condition: 'unexpected-request' }))
    else this.#exchange.control(element)
  }

  /** The stream is at its end; `inOrder`: by `</stream>`, after which nothing is resumed. */
  ended(inOrder: boolean): void {
    const { session } = this.#exchange
    if (!session || (session.holder && session.holder !== this.#exchange)) return // resumed elsewhere
    const { sender, receiver } = session
    const isSettled = sender.unacknowledgedStanzas === 0 && !receiver.owesAcknowledgement
    if (inOrder && isSettled) this.#sessions.delete(session)
    else this.#sessions.detached(session)
  }

  #enable(resume: boolean): void {
    const { limits, environment } = this.#context
    const session = new ManagedSession(this.#context, resume ? randomIdentifier(environment) : undefined)
    if (resume) this.#sessions.add(session, this.#pair.remote, this.#pair.local)
    this.#exchange.manage(session)
    const max = Math.floor(limits.resumptionTime / 1000)
    this.#exchange.stream.element(enabled({ id: session.id, resume, max: resume ? max : undefined }))
    this.#managed()
  }

  #resume(previd: string, h: number): void {
    const session = this.#sessions.find(previd, this.#pair.remote, this.#pair.local)
    if (!session) {
      this.#exchange.stream.element(failed({ condition: 'item-not-found' }))
      return
    }
    session.holder?.surrender()
    const go = () => this.#resumed(session, previd, h)
    const handling = session.receiver.settled()
    if (handling) this.#exchange.stream.waitFor(handling, go)
    else go()
  }

  #resumed(session: ManagedSession, previd: string, h: number): void {
    // The connection is gone already: the session waits for the next one.
    if (this.#exchange.isOver) return
    if (session.isForfeit) {
      this.#sessions.delete(session)
      this.#exchange.stream.element(failed({ condition: 'item-not-found', h: session.receiver.answer() }))
      return
    }
    session.holder?.surrender() // another connection was quicker
    const fault = session.acknowledge(h)
    if (fault instanceof StreamError) {
      this.#exchange.refuse(fault)
      return
    }
    session.countTold()
    this.#sessions.attached(session)
    const unhandled = session.sender.unacknowledgedStanzas
    this.#context.log.info({ ...this.#pair, unhandled }, 'a server resumed its stream')
    this.#exchange.stream.element(resumed({ previd, h: session.receiver.answer() }))
    this.#exchange.manage(session)
    this.#exchange.retransmit()
    this.#managed()
  }
}
