import { type Jid, parseJid } from '@parlour/jid'
import { type Iq, iq, StanzaError } from '@parlour/stanza'
import { type Environment, randomIdentifier } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { Signal } from './abort.ts'
import { ClientError } from './client-error.ts'

/** Milliseconds that an answer is waited for unless told otherwise. */
export const DEFAULT_IQ_TIMEOUT = 30_000

/** How a request is sent. */
export interface IqOptions {
  /** Whom to ask; one's own account if not given (RFC 6120 §8.1.1.1). */
  readonly to?: Jid | string
  /** Milliseconds until the request fails with `timeout`. Default 30 000. */
  readonly timeoutMs?: number
  /** Ends the waiting with `aborted`. The request itself cannot be taken back. */
  readonly signal?: Signal
}

interface Pending {
  readonly to: Jid | undefined
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
  readonly #account: () => Jid
  readonly #pending = new Map<string, Pending>()

  /** @param account gives the user's own JID at the time an answer comes */
  constructor(environment: Environment, account: () => Jid) {
    this.#environment = environment
    this.#account = account
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
    const to = typeof options.to === 'string' ? parseJid(options.to) : options.to
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
      this.#pending.set(id, { to, settle })
      try {
        send(iq({ type, id, to, payload }))
      } catch (error) {
        settle(asError(error))
      }
    })
  }

  /** Takes a result or an error; one that does not fit leaves the requests as they are. */
  receive(reply: Iq): ReplyFate {
    const pending = this.#pending.get(reply.id ?? '')
    if (!pending) return 'late'
    if (!mayAnswer(reply.from, pending.to, this.#account())) return 'spoofed'
    pending.settle(reply.type === 'error' ? StanzaError.fromElement(reply.element) : reply.payload)
    return 'delivered'
  }

  /** No more answers come. */
  failAll(error: ClientError): void {
    for (const { settle } of [...this.#pending.values()]) settle(error)
  }
}

/**
 * Whether `from` may answer what was sent to `to`. An address that is left out stands for the user's own account,
 * whose server answers for it (RFC 6120 §8.1.2.1, §10.3); the server may also name itself.
 */
export function mayAnswer(from: Jid | undefined, to: Jid | undefined, account: Jid): boolean {
  if (from !== undefined && to !== undefined && from.equals(to)) return true
  return speaksForAccount(to, account) && speaksForAccount(from, account)
}

/** Nobody named, the account, this session, or its server: in their names only the user's own server can speak. */
function speaksForAccount(jid: Jid | undefined, account: Jid): boolean {
  if (jid === undefined) return true
  if (jid.isBare) return jid.equals(account.bare) || (jid.local === '' && jid.domain === account.domain)
  return jid.equals(account)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
