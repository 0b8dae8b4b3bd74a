import type { Environment } from '@parlour/stream-negotiation'

/** A peer that takes nothing, or acknowledges nothing, is gone without a word. */
export class ProgressWatch {
  readonly #environment: Environment
  readonly #milliseconds: number
  readonly #stalled: () => void
  #cancel: (() => void) | undefined

  /** @param stalled called when so many milliseconds have passed without progress */
  constructor(environment: Environment, milliseconds: number, stalled: () => void) {
    this.#environment = environment
    this.#milliseconds = milliseconds
    this.#stalled = stalled
  }

  /** Progress is expected from now on, if it was not yet. */
  begin(): void {
    this.#cancel ??= this.#environment.setTimer(this.#milliseconds, () => {
      this.#cancel = undefined
      this.#stalled()
    })
  }

  /** There was some, or none is needed any more. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
