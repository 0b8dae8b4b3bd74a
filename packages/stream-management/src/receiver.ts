/** How a {@link StreamManagementReceiver} counts. */
export interface StreamManagementReceiverOptions {
  /** Stanzas until `handled` asks for an `<a/>` that nobody requested; default 0: never. */
  readonly acknowledgeEvery?: number | undefined
  /** For a session brought back from storage: stanzas handled so far, modulo 2^32; default 0. */
  readonly h?: number | undefined
}

/**
 * The counter of stanzas received and handled (XEP-0198 §4). Make one when `<enable/>` or `<enabled/>` is received; it
 * outlives the connection, and goes on where the session is resumed.
 *
 * @example
 * const receiver = new StreamManagementReceiver()
 * receiver.handled()                                // a stanza is delivered, or safely stored
 * writer.element(acknowledgement(receiver.answer())) // on <r/>
 */
export class StreamManagementReceiver {
  readonly #acknowledgeEvery: number
  #h: number
  #answered: number

  constructor(options: StreamManagementReceiverOptions = {}) {
    this.#acknowledgeEvery = options.acknowledgeEvery ?? 0
    this.#h = options.h ?? 0
    this.#answered = this.#h
  }

  /** Stanzas handled, modulo 2^32. */
  get h(): number {
    return this.#h
  }

  /**
   * Counts a stanza for which responsibility is now taken: delivered, routed, answered, or safely stored. In the order
   * of arrival; where handling ends out of order, see {@link HandlingOrder}.
   *
   * @returns whether it is time for an `<a/>` that nobody requested: send `acknowledgement(receiver.answer())`
   */
  handled(): boolean {
    this.#h = (this.#h + 1) >>> 0
    return this.#acknowledgeEvery > 0 && (this.#h - this.#answered) >>> 0 >= this.#acknowledgeEvery
  }

  /** The `h` for the `<a/>` (or `<resumed/>`) that is sent now: in answer to `<r/>`, or unrequested (XEP-0198 §4). */
  answer(): number {
    this.#answered = this.#h
    return this.#h
  }

  /** Whether stanzas were handled that the peer has not been told of: worth an `<a/>` before a stream ends (XEP-0198 §4). */
  get owesAcknowledgement(): boolean {
    return this.#h !== this.#answered
  }
}
