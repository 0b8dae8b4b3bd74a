import { errorReply, type Iq, resultReply, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'

/** Answers a request: with the payload of the result, or by throwing a StanzaError. */
export type IqHandler = (iq: Iq) => Element | undefined | Promise<Element | undefined>

/** Who answers which requests. */
export class IqHandlers {
  readonly #handlers = new Map<string, IqHandler>()

  /** @throws {RangeError} if somebody answers these already */
  add(type: 'get' | 'set', namespace: string, name: string, handler: IqHandler): () => void {
    const key = `${type} ${namespace} ${name}`
    if (this.#handlers.has(key)) throw new RangeError(`<${name} xmlns='${namespace}'/> (${type}) is handled already`)
    this.#handlers.set(key, handler)
    return () => {
      if (this.#handlers.get(key) === handler) this.#handlers.delete(key)
    }
  }

  /** Hands the reply to `send`; every request gets one (RFC 6120 §8.2.3). */
  answer(request: Iq, send: (reply: Element | undefined) => void): void {
    const { payload, type, element } = request
    const handler = payload && this.#handlers.get(`${type} ${payload.namespace} ${payload.name}`)
    const refuse = (error: unknown) => send(errorReply(element, refusal(error)))
    if (!handler) {
      refuse(new StanzaError('service-unavailable'))
      return
    }
    try {
      const result = handler(request)
      if (result instanceof Promise) result.then((settled) => send(resultReply(element, settled)), refuse)
      else send(resultReply(element, result))
    } catch (error) {
      refuse(error)
    }
  }
}

/** What a stranger may know of a fault in here: nothing. */
function refusal(error: unknown): StanzaError {
  return error instanceof StanzaError ? error : new StanzaError('internal-server-error', undefined, { cause: error })
}
