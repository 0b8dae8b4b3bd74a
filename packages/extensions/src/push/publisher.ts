import { parseJid } from '@parlour/jid'
import type { ModuleHost, Registration as Undo } from '@parlour/server-core'
import { type Iq, iq, type StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { optionsOf, type Registration } from './registration.ts'
import { type PushSummary, pushPublication } from './wire.ts'

/** How long an answer is waited for, in milliseconds. */
const ANSWER_TIME = 60_000

/** How a push service has answered. */
export type PushAnswer = 'taken' | 'failed' | 'gone'

/**
 * Conditions that may pass: with all others the node is disabled at once (XEP-0357 §7.1: "SHOULD consider the particular
 * JID and node combination to be disabled").
 */
const PASSING: ReadonlySet<StanzaErrorCondition> = new Set<StanzaErrorCondition>([
  'internal-server-error',
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
  'undefined-condition',
])

/** Sends notifications in the name of the domain, and finds the answers to them. */
export class Publisher {
  readonly #host: Pick<ModuleHost, 'domain' | 'randomHex' | 'send' | 'setTimer' | 'log'>
  /** By the id of the request. */
  readonly #waiting = new Map<string, { readonly jid: string; settle(answer: PushAnswer): void; readonly undo: Undo }>()

  constructor(host: Pick<ModuleHost, 'domain' | 'randomHex' | 'send' | 'setTimer' | 'log'>) {
    this.#host = host
  }

  /** Resolves with the answer; never rejects. */
  publish(registration: Registration, summary: PushSummary): Promise<PushAnswer> {
    const { jid, node } = registration
    const id = `push-${this.#host.randomHex(8)}`
    return new Promise((resolve) => {
      const settle = (answer: PushAnswer) => {
        this.#waiting.get(id)?.undo()
        this.#waiting.delete(id)
        resolve(answer)
      }
      this.#waiting.set(id, { jid, settle, undo: this.#host.setTimer(ANSWER_TIME, () => settle('failed')) })
      void this.#send(() => {
        const payload = pushPublication(node, summary, optionsOf(registration))
        return iq({ type: 'set', id, from: this.#host.domain, to: jid, payload })
      }, settle)
    })
  }

  /** Takes the answer to a notification; false: it is none. Only from the service itself (RFC 6120 §8.1.2.1). */
  answer(answer: Iq): boolean {
    const waiting = this.#waiting.get(answer.id ?? '')
    if (!waiting || (answer.type !== 'result' && answer.type !== 'error')) return false
    if (!answer.from?.equals(parseJid(waiting.jid))) return false
    waiting.settle(answer.error ? judge(answer.error) : 'taken')
    return true
  }

  close(): void {
    for (const { settle } of [...this.#waiting.values()]) settle('failed')
  }

  async #send(request: () => Element, settle: (answer: PushAnswer) => void): Promise<void> {
    try {
      await this.#host.send(request())
    } catch (error) {
      this.#host.log.error({ error }, 'a push notification could not be sent')
      settle('failed')
    }
  }
}

function judge(error: StanzaError): PushAnswer {
  return error.type === 'wait' || PASSING.has(error.condition) ? 'failed' : 'gone'
}
