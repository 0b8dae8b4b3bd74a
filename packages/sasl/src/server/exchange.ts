import type { Element } from '@parlour/xml'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { challengeElement, failureElement, isSaslElement, readMessage, successElement } from '../wire/elements.ts'
import { failure, type SaslFailure, type SaslOutcome, type SaslSuccess } from './outcome.ts'
import type { SaslServer } from './server.ts'

/** What the receiving entity does about an element. `send` goes out first. */
export type ReceiverOutcome =
  /** The exchange goes on, or another may begin. `failure` is set when this attempt has failed. */
  | { readonly type: 'continue'; readonly send: Element; readonly failure?: SaslFailure }
  /** Authenticated: after `send` the stream is restarted (RFC 6120 §6.4.6). */
  | { readonly type: 'success'; readonly send: Element; readonly success: SaslSuccess }
  /** Close the stream with this stream error; too many attempts are `policy-violation` (RFC 6120 §6.4.5). */
  | {
      readonly type: 'close'
      readonly send?: Element
      readonly streamError: 'policy-violation' | 'not-authorized'
      readonly failure?: SaslFailure
    }
  /** A new `<auth/>` has overtaken this one, whose answer is not sent any more (RFC 6120 §6.4.2). */
  | { readonly type: 'discarded' }

/** The receiving entity's side of RFC 6120 §6.4: elements in, elements and outcomes out. */
export interface ReceiverExchange {
  /** The answer is a promise only when a port of the {@link SaslServer} made it wait. */
  receive(element: Element): MaybePromise<ReceiverOutcome>
}

export interface ReceiverExchangeOptions {
  /** Handshakes that one stream may begin: 3 to 6 (RFC 6120 §6.4.5: 2 to 5 retries). Default 5. */
  readonly maximumAttempts?: number
}

const DEFAULT_ATTEMPTS = 5

/** Wraps a {@link SaslServer} in the elements of XMPP. */
export const createReceiverExchange = (server: SaslServer, options: ReceiverExchangeOptions = {}): ReceiverExchange =>
  new Exchange(server, options.maximumAttempts ?? DEFAULT_ATTEMPTS)

class Exchange implements ReceiverExchange {
  readonly #server: SaslServer
  readonly #maximum: number
  #attempts = 0
  #failures = 0
  /** Counts the elements received: what an earlier one still waits for is of no more interest. */
  #turn = 0

  constructor(server: SaslServer, maximum: number) {
    this.#server = server
    this.#maximum = maximum
  }

  receive(element: Element): MaybePromise<ReceiverOutcome> {
    this.#turn++
    if (!isSaslElement(element)) return { type: 'close', streamError: 'not-authorized' }
    switch (element.name) {
      case 'auth':
        return this.#auth(element)
      case 'response':
        return this.#response(element)
      case 'abort':
        return this.#fail(failure('aborted'))
      default:
        return this.#fail(failure('malformed-request', `unexpected <${element.name}/>`))
    }
  }

  #auth(element: Element): MaybePromise<ReceiverOutcome> {
    if (this.#attempts >= this.#maximum) return { type: 'close', streamError: 'policy-violation' }
    this.#attempts++
    const message = readMessage(element)
    if (typeof message === 'string') return this.#fail(failure(message))
    return this.#run(() => this.#server.start(element.attribute('mechanism'), message))
  }

  #response(element: Element): MaybePromise<ReceiverOutcome> {
    const message = readMessage(element)
    if (typeof message === 'string') return this.#fail(failure(message))
    return this.#run(() => this.#server.respond(message ?? new Uint8Array(0)))
  }

  #run(step: () => MaybePromise<SaslOutcome>): MaybePromise<ReceiverOutcome> {
    const turn = this.#turn
    return andThen(step(), (outcome) => (turn === this.#turn ? this.#answer(outcome) : { type: 'discarded' }))
  }

  #answer(outcome: SaslOutcome): ReceiverOutcome {
    if (outcome.type === 'failure') return this.#fail(outcome)
    if (outcome.type === 'challenge') return { type: 'continue', send: challengeElement(outcome.data) }
    return { type: 'success', send: successElement(outcome.data), success: outcome }
  }

  #fail(failed: SaslFailure): ReceiverOutcome {
    this.#server.abort()
    this.#failures++
    const send = failureElement(failed.condition, failed.text)
    const exhausted = this.#failures >= this.#maximum || this.#attempts >= this.#maximum
    return exhausted
      ? { type: 'close', send, streamError: 'policy-violation', failure: failed }
      : { type: 'continue', send, failure: failed }
  }
}
