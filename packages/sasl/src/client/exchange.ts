import type { Element } from '@parlour/xml'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { MechanismName } from '../mechanism.ts'
import { SaslError } from '../sasl-error.ts'
import {
  abortElement,
  authElement,
  isSaslElement,
  readFailure,
  readMessage,
  responseElement,
} from '../wire/elements.ts'
import { createSaslClient, type SaslClient } from './client.ts'
import type { SaslClientOptions } from './options.ts'
import type { SaslReply, SaslResult } from './outcome.ts'

/** What the initiating entity does about an element. */
export type InitiatorOutcome =
  /** Send this and go on. */
  | { readonly type: 'continue'; readonly send: Element }
  /** Authenticated, and so is the server where the mechanism tells: restart the stream (RFC 6120 §6.4.6). */
  | { readonly type: 'success'; readonly mechanism: MechanismName; readonly binding: string | undefined }
  /** Not authenticated: send `send` if it is there, then close the stream. */
  | { readonly type: 'failure'; readonly error: SaslError; readonly send?: Element }

/** The initiating entity's side of RFC 6120 §6.4: elements in, elements and outcomes out. */
export interface InitiatorExchange {
  /** Of the attempt under way. */
  readonly mechanism: MechanismName
  /** `<auth/>`, to be sent first. */
  readonly start: Element
  receive(element: Element): MaybePromise<InitiatorOutcome>
}

/**
 * Wraps a {@link SaslClient} in the elements of XMPP. When the server says `invalid-mechanism` the next best one is
 * tried; other failures are final: a wrong password does not get right by a weaker mechanism.
 *
 * @throws {SaslError} as `createSaslClient` does.
 */
export const createInitiatorExchange = (options: SaslClientOptions): InitiatorExchange => new Exchange(options)

const startElement = (client: SaslClient): Element => authElement(client.mechanism, client.start.initialResponse)
const fail = (error: SaslError, send?: Element): InitiatorOutcome => ({ type: 'failure', error, ...(send && { send }) })

class Exchange implements InitiatorExchange {
  readonly start: Element
  #options: SaslClientOptions
  #client: SaslClient

  constructor(options: SaslClientOptions) {
    this.#options = options
    this.#client = createSaslClient(options)
    this.start = startElement(this.#client)
  }

  get mechanism(): MechanismName {
    return this.#client.mechanism
  }

  receive(element: Element): MaybePromise<InitiatorOutcome> {
    if (!isSaslElement(element)) return fail(new SaslError('unexpected-message'), abortElement())
    switch (element.name) {
      case 'challenge':
        return this.#challenge(element)
      case 'success':
        return this.#success(element)
      case 'failure':
        return this.#failure(element)
      default:
        return fail(new SaslError('unexpected-message'), abortElement())
    }
  }

  #challenge(element: Element): MaybePromise<InitiatorOutcome> {
    const message = readMessage(element)
    if (typeof message === 'string') return fail(new SaslError('malformed-challenge'), abortElement())
    return andThen(this.#client.challenge(message ?? new Uint8Array(0)), (reply: SaslReply) =>
      reply.type === 'response'
        ? { type: 'continue', send: responseElement(reply.data) }
        : fail(reply.error, abortElement()),
    )
  }

  #success(element: Element): MaybePromise<InitiatorOutcome> {
    const message = readMessage(element)
    if (typeof message === 'string') return fail(new SaslError('malformed-challenge'))
    return andThen(this.#client.success(message), (result: SaslResult) =>
      result.type === 'success' ? result : fail(result.error),
    )
  }

  #failure(element: Element): InitiatorOutcome {
    const { condition, text } = readFailure(element)
    const error = new SaslError('failure', { message: text ? `${condition}: ${text}` : condition, condition, text })
    return condition === 'invalid-mechanism' ? this.#tryNext(error) : fail(error)
  }

  #tryNext(refused: SaslError): InitiatorOutcome {
    const excluded = [...(this.#options.excluded ?? []), this.#client.mechanism]
    try {
      this.#options = { ...this.#options, excluded }
      this.#client = createSaslClient(this.#options)
      return { type: 'continue', send: startElement(this.#client) }
    } catch (error) {
      if (error instanceof SaslError) return fail(refused)
      throw error
    }
  }
}
