import { acknowledgementText, HANDLED_COUNT_MODULUS, HandlingOrder } from '@parlour/stream-management'
import type { Environment } from '@parlour/stream-negotiation'

/** Milliseconds after which a request is answered whatever still waits for the storage (XEP-0198 §4: "other than a timeout"). */
const ANSWER_TIMEOUT = 10_000

/** What the count needs. */
export interface HandledStanzasParts {
  readonly environment: Pick<Environment, 'setTimer'>
  send(text: string): void
  /** Stores a count that no stanza's commit has taken along; `undefined`: the session is not stored. */
  readonly commit: ((h: number) => Promise<void>) | undefined
}

/**
 * `h` of one session (XEP-0198 §4): stanzas that are handled without a gap, which is when what they store is durable. A
 * request is answered when all that came before it is counted, and the count itself would survive a crash: what was said
 * to be handled stays so. Requests that wait together get one answer.
 */
export class HandledStanzas {
  readonly #parts: HandledStanzasParts
  #order = new HandlingOrder()
  /** `h` when the order began. */
  #base: number
  /** Stanzas that have arrived. */
  #begun = 0
  #counted = 0
  /** What of {@link #counted} is stored. */
  #stored = 0
  /** What commits, under way or over, have taken along. */
  #submitted = 0
  /** Of the first that could not be stored since. */
  #failed: number | undefined
  #isStoring = false
  /** Of the first and of the last request that is not answered: how many stanzas came before it. */
  #firstAsked: number | undefined
  #lastAsked = 0
  #answered = 0
  #cancelTimeout: (() => void) | undefined
  #waiters: (() => void)[] = []

  /** @param base `h` of a session that was brought back from storage */
  constructor(parts: HandledStanzasParts, base = 0) {
    this.#parts = parts
    this.#base = base
  }

  get h(): number {
    return (this.#base + this.#counted) % HANDLED_COUNT_MODULUS
  }

  /**
   * `h` for who asks when the session is over: without what could not be stored, and what came behind it, for the answer
   * that said so may have got lost.
   */
  get lastH(): number {
    const isLost = this.#failed !== undefined && this.#failed >= this.#stored
    const count = isLost ? Math.min(this.#failed as number, this.#counted) : this.#counted
    return (this.#base + count) % HANDLED_COUNT_MODULUS
  }

  /** Whether stanzas were counted that the client has not been told of. */
  get owesAcknowledgement(): boolean {
    return this.#counted !== this.#answered
  }

  /** A stanza has arrived. */
  begin(): number {
    this.#begun++
    return this.#order.begin()
  }

  /** `h` as it is when this stanza and all before it are handled: what is committed together with it. */
  countWith(ticket: number): number {
    this.#submitted = Math.max(this.#submitted, ticket + 1)
    return (this.#base + ticket + 1) % HANDLED_COUNT_MODULUS
  }

  /** As {@link finish}, of a stanza that could not be stored, and whose sender was told so. */
  fail(ticket: number): void {
    if (this.#failed === undefined || this.#failed < this.#stored) this.#failed = ticket
    this.finish(ticket, false)
  }

  /** A stanza is handled. @param isStored the count was committed with it */
  finish(ticket: number, isStored: boolean): void {
    this.#counted += this.#order.finish(ticket)
    if (isStored && ticket >= this.#stored) this.#stored = ticket + 1
    if (this.#firstAsked !== undefined) this.#tryAnswer()
    if (this.#waiters.length > 0 && this.#counted === this.#begun) for (const wake of this.#waiters.splice(0)) wake()
  }

  /** `<r/>`. */
  asked(): void {
    this.#lastAsked = this.#begun
    if (this.#firstAsked !== undefined) {
      // What could not be stored when it was asked first may be by now.
      this.#tryAnswer()
      return
    }
    this.#firstAsked = this.#begun
    if (!this.#tryAnswer()) this.#waitForAnswer()
  }

  /** Resolves when everything that has arrived is handled, and the count is stored; `undefined` if it is. */
  settled(): Promise<void> | undefined {
    const isHandled = this.#counted === this.#begun
    if (isHandled && (this.#stored >= this.#counted || this.#parts.commit === undefined)) return undefined
    const handled = isHandled ? Promise.resolve() : new Promise<void>((resolve) => this.#waiters.push(resolve))
    return handled.then(() => this.#store())
  }

  /** The stream is about to end: tells at once what is counted already; then, if there is time, the rest. */
  tellLast(): void | Promise<void> {
    this.#tellStored()
    return this.settled()?.then(() => this.#tellStored())
  }

  #tellStored(): void {
    const count = this.#parts.commit === undefined ? this.#counted : Math.min(this.#stored, this.#counted)
    if (count > this.#answered) this.#answer(count)
  }

  /**
   * The `h` for `<resumed/>`, once all is {@link settled}. What could not be stored is not told, so it does not count: the
   * client sends it again, under the same numbers.
   */
  resumed(): number {
    if (this.#parts.commit !== undefined && this.#stored < this.#counted) this.#rewind()
    return this.answer()
  }

  /** The `h` of all that is handled, stored or not: for who keeps no session after a restart. */
  answer(): number {
    this.#answered = this.#counted
    this.#forgetRequests()
    return this.h
  }

  /** The connection is gone: who asked does not listen any more. */
  disconnected(): void {
    this.#forgetRequests()
  }

  #rewind(): void {
    if (this.#counted !== this.#begun) throw new Error('stanzas are still being handled')
    this.#base = (this.#base + this.#stored) % HANDLED_COUNT_MODULUS
    this.#order = new HandlingOrder()
    this.#begun = this.#counted = this.#stored = this.#submitted = 0
    this.#failed = undefined
  }

  #tryAnswer(): boolean {
    if (this.#counted < (this.#firstAsked ?? 0)) return false
    if (this.#parts.commit === undefined || this.#stored >= this.#counted) {
      this.#answer(this.#counted)
      return true
    }
    if (!this.#isStoring) this.#storeAndAnswer()
    return false
  }

  #storeAndAnswer(): void {
    const before = this.#stored
    this.#isStoring = true
    void this.#store().then(() => {
      this.#isStoring = false
      const told = Math.min(this.#stored, this.#counted)
      if (this.#firstAsked !== undefined && told >= this.#firstAsked) this.#answer(told)
      // What was asked meanwhile; after a failure, the next request or stanza tries again.
      if (this.#firstAsked !== undefined && this.#stored > before) this.#tryAnswer()
    })
  }

  async #store(): Promise<void> {
    const { commit } = this.#parts
    const count = this.#counted
    if (commit === undefined || this.#stored >= count) return
    // No lower than what a stanza's commit under way stores before it: the last one is what holds after a crash.
    await commit((this.#base + Math.max(count, this.#submitted)) % HANDLED_COUNT_MODULUS).then(
      () => {
        this.#stored = Math.max(this.#stored, count)
      },
      () => {}, // logged by who commits; the answer comes with the next count that is stored, or when time is over
    )
  }

  #answer(count: number): void {
    const isMore = this.#lastAsked > count
    this.#forgetRequests()
    this.#answered = count
    this.#parts.send(acknowledgementText((this.#base + count) % HANDLED_COUNT_MODULUS))
    if (!isMore) return
    this.#firstAsked = this.#lastAsked
    this.#waitForAnswer()
  }

  #waitForAnswer(): void {
    const { commit, environment } = this.#parts
    this.#cancelTimeout = environment.setTimer(ANSWER_TIMEOUT, () => {
      this.#lastAsked = 0
      this.#answer(commit === undefined ? this.#counted : Math.min(this.#stored, this.#counted))
    })
  }

  #forgetRequests(): void {
    this.#firstAsked = undefined
    this.#cancelTimeout?.()
    this.#cancelTimeout = undefined
  }
}
