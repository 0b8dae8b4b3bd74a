import { readStanza, type Stanza, type StanzaError } from '@parlour/stanza'
import { readText } from '../written-stanza.ts'
import type { FederationKernel } from './federation-context.ts'
import type { FederationError } from './federation-error.ts'
import { Pace } from './pace.ts'

/** How many stanzas are answered in a moment: thousands may have waited for one server, or as many servers fail at once. */
const ANSWERED_AT_ONCE = 16

/** The answers to stanzas that were not delivered, in order. They count as what waits for other servers. */
export class Answers {
  readonly #kernel: FederationKernel
  readonly #queued: { bytes: number }
  readonly #waiting = new Set<{ readonly text: string; readonly error: FederationError }>()
  readonly #pace: Pace
  readonly #answered: (text: string) => void

  /** @param queued bytes that wait for all links together; @param answered told of each that was answered */
  constructor(kernel: FederationKernel, queued: { bytes: number }, answered: (text: string) => void = () => {}) {
    this.#kernel = kernel
    this.#answered = answered
    this.#queued = queued
    this.#pace = new Pace(ANSWERED_AT_ONCE, () => this.#answer(), kernel.environment)
  }

  /** @param text as it was serialized for a stream */
  add(text: string, error: FederationError): void {
    this.#waiting.add({ text, error })
    this.#queued.bytes += text.length
    this.#answer()
  }

  /** What waited is kept until that it was in vain is, too: where that cannot be stored, it is tried again after a restart. */
  #answerOne(text: string, error: StanzaError): void {
    const done = answerText(this.#kernel, text, error)
    if (done instanceof Promise)
      done.then(
        () => this.#answered(text),
        (cause: unknown) => this.#kernel.reportError(cause),
      )
    else this.#answered(text)
  }

  /** Answers all that waits, at once: nothing comes afterwards. */
  flush(): void {
    this.#answer(() => true)
  }

  #answer(mayGoOn = () => this.#pace.take()): void {
    for (const answer of this.#waiting) {
      if (!mayGoOn()) return
      this.#waiting.delete(answer)
      this.#queued.bytes -= answer.text.length
      this.#answerOne(answer.text, answer.error.toStanzaError())
    }
  }
}

/** Answers a stanza with an error. What throws or rejects meanwhile is reported, and stops nothing else. */
export function answerStanza(kernel: FederationKernel, stanza: Stanza, error: StanzaError): void {
  reported(kernel, () => kernel.bounce(stanza, error))
}

/** Answers one that waited, as it was serialized for a stream, whose namespace it does not name. */
function answerText(kernel: FederationKernel, text: string, error: StanzaError): void | Promise<void> {
  try {
    return kernel.bounceLate(readStanza(readText(text)), error)
  } catch (cause) {
    kernel.reportError(cause)
  }
}

/** Does something whose fault is nobody's who waits. */
export function reported(kernel: FederationKernel, work: () => void | Promise<void>): void {
  try {
    const done = work()
    if (done instanceof Promise) done.catch((cause: unknown) => kernel.reportError(cause))
  } catch (cause) {
    kernel.reportError(cause)
  }
}
