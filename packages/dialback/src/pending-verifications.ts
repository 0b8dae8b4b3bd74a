/** The clock that {@link PendingVerifications} needs; `Environment` of `@parlour/stream-negotiation` is one. */
export interface VerificationTimers {
  /** Calls `fn` once after `ms` milliseconds, unless the returned function is called before. */
  setTimer(ms: number, fn: () => void): () => void
}

/** What identifies a request and its answer: the domains, and for `<db:verify/>` the stream id (XEP-0220 §2.1.2). */
export interface VerificationName {
  readonly from: string
  readonly to: string
  /** Present for `<db:verify/>`, absent for `<db:result/>`. */
  readonly id?: string | undefined
}

/** How many requests may wait, and how long. */
export interface PendingVerificationsOptions<Value> {
  readonly timers: VerificationTimers
  /** The most requests that wait at once; default 1000. */
  readonly maxPending?: number | undefined
  /** Milliseconds until a request is given up; default 30 000. */
  readonly timeout?: number | undefined
  /** Called once for a request that waited too long and is forgotten. */
  readonly expired: (value: Value, request: VerificationName) => void
}

interface Pending<Value> {
  readonly request: VerificationName
  readonly value: Value
  readonly cancel: () => void
}

/**
 * The dialback requests that were sent over one XML stream and are not answered yet. Make one for each stream: an
 * answer that was not asked for on its own stream must not be believed (XEP-0220 §2.1.1, §2.1.2, §3.1), and such an
 * answer finds nothing here. An answer is good once.
 *
 * @example
 * const pending = new PendingVerifications<Connection>({ timers: environment, expired: (connection) => refuse(connection) })
 * if (pending.add({ from, to, id }, connection) === 'added') send(verifyRequest({ from, to, id, key }))
 * // answer = readDialback(element), of kind 'verify-answer' or 'result-answer'
 * const connection = pending.take(answer)    // undefined: unsolicited
 */
export class PendingVerifications<Value> {
  readonly #pending = new Map<string, Pending<Value>>()
  readonly #timers: VerificationTimers
  readonly #maxPending: number
  readonly #timeout: number
  readonly #expired: (value: Value, request: VerificationName) => void

  constructor(options: PendingVerificationsOptions<Value>) {
    this.#timers = options.timers
    this.#maxPending = options.maxPending ?? 1000
    this.#timeout = options.timeout ?? 30_000
    this.#expired = options.expired
  }

  /** How many requests wait. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * Remembers a request that is about to be sent. `duplicate`: the same one waits already, `full`: too many wait; in
   * both cases nothing is remembered and nothing is to be sent.
   */
  add(request: VerificationName, value: Value): 'added' | 'duplicate' | 'full' {
    const key = keyOf(request.from, request.to, request.id)
    if (this.#pending.has(key)) return 'duplicate'
    if (this.#pending.size >= this.#maxPending) return 'full'
    const cancel = this.#timers.setTimer(this.#timeout, () => this.#expire(key))
    this.#pending.set(key, { request, value, cancel })
    return 'added'
  }

  /** Whether this request waits for its answer. */
  has(request: VerificationName): boolean {
    return this.#pending.has(keyOf(request.from, request.to, request.id))
  }

  /** What was remembered with the request that this answer is for, and forgets it; `undefined` when nobody asked. */
  take(answer: VerificationName): Value | undefined {
    return this.#remove(keyOf(answer.to, answer.from, answer.id))?.value
  }

  /** Forgets a request that is no longer of interest; true when it waited. A late answer to it is unsolicited. */
  delete(request: VerificationName): boolean {
    return this.#remove(keyOf(request.from, request.to, request.id)) !== undefined
  }

  /** Empties it, oldest first: the stream closed, and the requests have failed (XEP-0220 §2.1.2). */
  clear(): Value[] {
    const values: Value[] = []
    for (const { value, cancel } of this.#pending.values()) {
      cancel()
      values.push(value)
    }
    this.#pending.clear()
    return values
  }

  #remove(key: string): Pending<Value> | undefined {
    const pending = this.#pending.get(key)
    if (!pending) return undefined
    this.#pending.delete(key)
    pending.cancel()
    return pending
  }

  #expire(key: string): void {
    const pending = this.#pending.get(key)
    if (!pending) return
    this.#pending.delete(key)
    this.#expired(pending.value, pending.request)
  }
}

/** A prepared domain has no white space, so the parts cannot run into one another; the id comes last and may have some. */
function keyOf(from: string, to: string, id: string | undefined): string {
  return id === undefined ? `result ${from} ${to}` : `verify ${from} ${to} ${id}`
}
