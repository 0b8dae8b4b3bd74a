import { type ResolverEnvironment, systemEnvironment } from './environment.ts'
import { aborted } from './lookup.ts'

/** How addresses are tried. */
export interface RaceOptions<Result> {
  /** Ends all attempts. */
  readonly signal?: AbortSignal
  /** Milliseconds after which the next address is tried too (RFC 8305 §5). Default 250; 10 to 2 000. */
  readonly attemptDelayMs?: number
  /** Given what an attempt yields that did not stop when another had won, to close it. */
  discard?(result: Result): void
  readonly environment?: Pick<ResolverEnvironment, 'setTimer'>
}

/**
 * Happy Eyeballs (RFC 8305 §5): tries addresses in their order, the next as soon as one fails or takes longer than the
 * delay; the first to succeed wins and the others are aborted.
 *
 * Rejects with the error of the only address, or an AggregateError of all in their order; with ResolveError `aborted`.
 *
 * @example
 * const addresses = await resolver.addresses('xmpp.example.org', signal)
 * const connection = await raceAddresses(addresses, (host, signal) => connectTcp({ host, signal, ...rest }), { signal })
 */
export function raceAddresses<Result>(
  addresses: readonly string[],
  connect: (address: string, signal: AbortSignal) => Promise<Result>,
  options: RaceOptions<Result> = {},
): Promise<Result> {
  return new Promise((resolve, reject) => new Race(addresses, connect, options, { resolve, reject }).start())
}

/** Why attempts end that were under way. One for all: an error is dear to make. */
const OVER = new Error('the race is over')

interface Outcome<Result> {
  resolve(result: Result): void
  reject(error: unknown): void
}

class Race<Result> {
  readonly #addresses: readonly string[]
  readonly #connect: (address: string, signal: AbortSignal) => Promise<Result>
  readonly #options: RaceOptions<Result>
  readonly #outcome: Outcome<Result>
  readonly #attempts = new AbortController()
  readonly #errors: unknown[] = []
  readonly #abort = () => this.#fail(aborted(this.#options.signal as AbortSignal, this.#addresses.join(', ')))
  #begun = 0
  #failed = 0
  #settled = false
  #cancelTimer = () => {}

  constructor(
    addresses: readonly string[],
    connect: (address: string, signal: AbortSignal) => Promise<Result>,
    options: RaceOptions<Result>,
    outcome: Outcome<Result>,
  ) {
    this.#addresses = addresses
    this.#connect = connect
    this.#options = options
    this.#outcome = outcome
  }

  start(): void {
    const { signal } = this.#options
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
    else if (this.#addresses.length > 0) this.#next()
    else this.#fail(new AggregateError([], 'there is no address to connect to'))
  }

  #next(): void {
    this.#cancelTimer()
    const index = this.#begun++
    const address = this.#addresses[index]
    if (address === undefined || this.#settled) return
    const { attemptDelayMs = 250, environment = systemEnvironment } = this.#options
    // RFC 8305 §5: at least 10 ms, at most 2 s.
    this.#cancelTimer = environment.setTimer(Math.min(Math.max(attemptDelayMs, 10), 2_000), () => this.#next())
    const attempt = async () => this.#connect(address, this.#attempts.signal)
    attempt().then(
      (result) => this.#won(result),
      (error: unknown) => this.#lost(index, error),
    )
  }

  #won(result: Result): void {
    if (this.#settled) {
      this.#options.discard?.(result)
      return
    }
    this.#settle()
    this.#outcome.resolve(result)
  }

  #lost(index: number, error: unknown): void {
    this.#errors[index] = error
    this.#failed++
    if (this.#settled) return
    if (this.#failed < this.#addresses.length) this.#next()
    else this.#fail(this.#failed === 1 ? error : this.#summary())
  }

  #summary(): AggregateError {
    const told = this.#addresses.map((address, index) => `${address}: ${messageOf(this.#errors[index])}`)
    return new AggregateError(this.#errors, told.join('; '))
  }

  #fail(error: unknown): void {
    this.#settle()
    this.#outcome.reject(error)
  }

  #settle(): void {
    this.#settled = true
    this.#cancelTimer()
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#attempts.abort(OVER)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
