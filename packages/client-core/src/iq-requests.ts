import { type Jid, parseJid } from '@parlour/jid'
import { type Iq, iq, StanzaError } from '@parlour/stanza'
import { type Environment, randomIdentifier } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { Signal } from './abort.ts'
import type { Addressing, AskedAddresses } from './addressing.ts'
import { ClientError } from './client-error.ts'

/** Milliseconds that an answer is waited for unless told otherwise. */
export const DEFAULT_IQ_TIMEOUT = 30_000

/** How a request is sent. */
export interface IqOptions {
  /** Whom to ask; one's own account if not given (RFC 6120 §8.1.1.1). */
  readonly to?: Jid | string
  /** In whose name a component asks: an address of its domain. A client says nothing; its server does. */
  readonly from?: Jid | string
  /** Milliseconds until the request fails with `timeout`. Default 30 000. */
  readonly timeoutMs?: number
  /** Ends the waiting with `aborted`. The request itself cannot be taken back. */
  readonly signal?: Signal
}

interface Pending {
  readonly asked: AskedAddresses
  settle(outcome: Element | undefined | Error): void
}

/** What became of an answer. */
export type ReplyFate = 'delivered' | 'late' | 'spoofed'

/**
 * Requests that wait for their answers. An answer belongs to a request if both its id, which nobody else can guess,
 * and its sender fit (RFC 6120 §8.1.2.1, §8.1.3).
 */
export class IqRequests {
  readonly #environment: Environment
  readonly #addressing: Addressing
  readonly #pending = new Map<string, Pending>()

  constructor(environment: Environment, addressing: Addressing) {
    this.#environment = environment
    this.#addressing = addressing
  }

  get size(): number {
    return this.#pending.size
  }

  /** Sends a request through `send`, which may throw, and waits for what {@link receive} and {@link failAll} bring. */
  request(
    type: 'get' | 'set',
    payload: Element,
    options: IqOptions,
    send: (request: Element) => void,
  ): Promise<Element | undefined> {
    const asked = { from: addressOf(options.from), to: addressOf(options.to) }
    const { signal, timeoutMs = DEFAULT_IQ_TIMEOUT } = options
    if (signal?.aborted) return Promise.reject(new ClientError('aborted', { cause: signal.reason }))
    const id = randomIdentifier(this.#environment)
    return new Promise((resolve, reject) => {
      const settle = (outcome: Element | undefined | Error) => {
        this.#pending.delete(id)
        cancelTimer()
        signal?.removeEventListener('abort', abort)
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
      const abort = () => settle(new ClientError('aborted', { cause: signal?.reason }))
      const cancelTimer = this.#environment.setTimer(timeoutMs, () => settle(new ClientError('timeout')))
      signal?.addEventListener('abort', abort)
      this.#pending.set(id, { asked, settle })
      try {
        send(iq({ type, id, ...asked, payload }))
      } catch (error) {
        settle(asError(error))
      }
    })
  }

  /** Takes a result or an error; one that does not fit leaves the requests as they are. */
  receive(reply: Iq): ReplyFate {
    const pending = this.#pending.get(reply.id ?? '')
    if (!pending) return 'late'
    if (!this.#addressing.mayAnswer(reply, pending.asked)) return 'spoofed'
    pending.settle(reply.type === 'error' ? StanzaError.fromElement(reply.element) : reply.payload)
    return 'delivered'
  }

  /** No more answers come. */
  failAll(error: ClientError): void {
    for (const { settle } of [...this.#pending.values()]) settle(error)
  }
}

const addressOf = (address: Jid | string | undefined): Jid | undefined =>
  typeof address === 'string' ? parseJid(address) : address

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
