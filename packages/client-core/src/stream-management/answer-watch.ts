import type { Environment } from '@parlour/stream-negotiation'
import type { StreamManagementOptions } from './options.ts'

/** What a watch causes. */
export interface AnswerWatchEvents {
  /** It is time to ask what the server has handled; call `asked` if that was done. */
  ask(): void
  /** Asked, and nothing at all came back. */
  dead(): void
}

/** Sees to it that acknowledgements are asked for, and that something comes back; costs one timer. */
export class AnswerWatch {
  readonly #environment: Environment
  readonly #options: Pick<StreamManagementOptions, 'requestDelay' | 'answerTimeout'>
  readonly #events: AnswerWatchEvents
  #waitsFor: 'time to ask' | 'answer' | undefined
  #cancelTimer: (() => void) | undefined
  #heard = false

  constructor(
    environment: Environment,
    options: Pick<StreamManagementOptions, 'requestDelay' | 'answerTimeout'>,
    events: AnswerWatchEvents,
  ) {
    this.#environment = environment
    this.#options = options
    this.#events = events
  }

  /** Something waits to be acknowledged: it is asked for before long. */
  waiting(): void {
    if (this.#waitsFor !== undefined) return
    this.#set('time to ask', this.#options.requestDelay, () => this.#events.ask())
  }

  /** An acknowledgement was asked for. */
  asked(): void {
    if (this.#waitsFor === 'answer') return
    this.#heard = false
    this.#set('answer', this.#options.answerTimeout, () => {
      // Slow is not dead.
      if (this.#heard) this.asked()
      else this.#events.dead()
    })
  }

  /** Something came from the server. */
  heard(): void {
    this.#heard = true
  }

  /** There is an answer, or nobody to answer. */
  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#waitsFor = undefined
  }

  #set(what: 'time to ask' | 'answer', ms: number, then: () => void): void {
    this.#cancelTimer?.()
    this.#waitsFor = what
    this.#cancelTimer = this.#environment.setTimer(ms, () => {
      this.#waitsFor = undefined
      this.#cancelTimer = undefined
      then()
    })
  }
}
