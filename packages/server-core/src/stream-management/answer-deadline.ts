import type { Environment } from '@parlour/stream-negotiation'

/**
 * How long the other side may take to answer `<r/>` (XEP-0198 §4: an answer must not be withheld "for any condition other
 * than a timeout"): a connection whose other end has vanished looks like one that is silent. One timer at a time, whatever
 * is asked and answered meanwhile.
 */
export class AnswerDeadline {
  readonly #environment: Pick<Environment, 'now' | 'setTimer'>
  readonly #limit: number
  readonly #missed: () => void
  /** Since when an answer is waited for. */
  #askedAt: number | undefined
  #cancel: (() => void) | undefined

  /** @param limit milliseconds */
  constructor(environment: Pick<Environment, 'now' | 'setTimer'>, limit: number, missed: () => void) {
    this.#environment = environment
    this.#limit = limit
    this.#missed = missed
  }

  /** It was asked. */
  asked(): void {
    this.#askedAt ??= this.#environment.now()
    if (!this.#cancel) this.#wait(this.#limit)
  }

  /** It has answered. */
  answered(): void {
    this.#askedAt = undefined
  }

  /** The connection is gone. */
  end(): void {
    this.#askedAt = undefined
    this.#cancel?.()
    this.#cancel = undefined
  }

  #wait(milliseconds: number): void {
    this.#cancel = this.#environment.setTimer(milliseconds, () => {
      this.#cancel = undefined
      if (this.#askedAt === undefined) return
      const left = this.#askedAt + this.#limit - this.#environment.now()
      if (left > 0) this.#wait(left)
      else this.#missed()
    })
  }
}
