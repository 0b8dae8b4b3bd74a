import type { Jid } from '@parlour/jid'
import { type Iq, resultReply, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { Host } from './host.ts'
import type { IqHandlerEntry, IqRequest } from './iq-handlers.ts'
import type { Transaction } from './transaction.ts'

type Sent = void | Promise<void>

/** What the answering of IQ requests needs of the router. */
export interface IqAnswersParts {
  reply(iq: Iq, reply: Element, transaction: Transaction): Sent
  bounce(iq: Iq, error: StanzaError, transaction: Transaction): Sent
  /** Answers for a throw that is not a StanzaError; logs it with the module's name. */
  internalError(error: unknown, iq: Iq, module?: string): StanzaError
}

/** The IQ requests that the server answers by its modules: for itself, or on behalf of its accounts. */
export class IqAnswers {
  readonly #parts: IqAnswersParts

  constructor(parts: IqAnswersParts) {
    this.#parts = parts
  }

  /** Answers a request that was sent to an account that exists, or to the server. */
  handle(host: Host, iq: Iq, to: Jid, transaction: Transaction): Sent {
    return this.find(host, iq, to, transaction, (entry, request) => this.answer(entry, request, transaction))
  }

  /** Finds who answers; refuses who may not ask. */
  find(
    host: Host,
    iq: Iq,
    to: Jid,
    transaction: Transaction,
    then: (entry: IqHandlerEntry, request: IqRequest) => Sent,
  ): Sent {
    if (iq.type !== 'get' && iq.type !== 'set') return
    const target = to.local === '' ? 'server' : 'account'
    const { session } = transaction
    const request: IqRequest = { iq, payload: iq.payload as Element, from: iq.from as Jid, target, to, session }
    let entry: IqHandlerEntry
    try {
      entry = host.iqHandlers.find(request)
    } catch (error) {
      return this.#fail(iq, error, transaction, undefined)
    }
    return then(entry, request)
  }

  answer({ module, handler }: IqHandlerEntry, request: IqRequest, transaction: Transaction): Sent {
    const { iq } = request
    const fail = (error: unknown) => this.#fail(iq, error, transaction, module)
    const reply = (payload: Element | undefined) => this.#parts.reply(iq, resultReply(iq.element, payload), transaction)
    try {
      const payload = handler(request)
      return payload instanceof Promise ? payload.then(reply).catch(fail) : reply(payload)
    } catch (error) {
      return fail(error)
    }
  }

  #fail(iq: Iq, error: unknown, transaction: Transaction, module: string | undefined): Sent {
    const refusal = error instanceof StanzaError ? error : this.#parts.internalError(error, iq, module)
    return this.#parts.bounce(iq, refusal, transaction)
  }
}
