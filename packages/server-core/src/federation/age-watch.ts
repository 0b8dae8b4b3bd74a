import type { FederationContext } from './federation-context.ts'

/** Tells when something has waited as long as a stanza may while no link stands. */
export class AgeWatch {
  readonly #context: Pick<FederationContext, 'environment' | 'limits'>
  readonly #expired: (before: number) => void
  #cancel: (() => void) | undefined
  /** Since when waits what is watched. */
  #since = Number.POSITIVE_INFINITY

  /** @param expired told since when what has expired was waiting, at least */
  constructor(context: Pick<FederationContext, 'environment' | 'limits'>, expired: (before: number) => void) {
    this.#context = context
    this.#expired = expired
  }

  /** @param oldest since when the first ones wait; those that are not there are `undefined` */
  watch(...oldest: readonly (number | undefined)[]): void {
    const since = Math.min(...oldest.map((time) => time ?? Number.POSITIVE_INFINITY))
    // What is put back may have waited longer than what was watched.
    if (since === Number.POSITIVE_INFINITY || (this.#cancel && since >= this.#since)) return
    this.stop()
    this.#since = since
    const { environment, limits } = this.#context
    const left = Math.max(0, since + limits.maxQueuedTime - environment.now())
    this.#cancel = environment.setTimer(left, () => {
      this.#cancel = undefined
      this.#expired(environment.now() - limits.maxQueuedTime)
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
