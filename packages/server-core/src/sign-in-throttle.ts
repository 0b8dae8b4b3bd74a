import type { SaslFailure, SaslOutcome, SaslServer } from '@parlour/sasl'
import type { Environment } from '@parlour/stream-negotiation'
import { BoundedCache } from './bounded-cache.ts'
import { andThen, type MaybePromise } from './maybe-promise.ts'

/** How many failed sign-ins are let pass within {@link WINDOW}. */
export interface SignInLimits {
  /** From one address (IPv6: one /64). Default 10. */
  readonly failuresPerAddress: number
  /** To one account, from addresses that never signed in to it. Default 50. */
  readonly failuresPerAccount: number
}

export const DEFAULT_SIGN_IN_LIMITS: SignInLimits = { failuresPerAddress: 10, failuresPerAccount: 50 }

/** Milliseconds without a failure after which the former ones are forgotten. */
const WINDOW = 10 * 60_000
/** Milliseconds of the first wait; each further failure doubles it. */
const FIRST_WAIT = 1000
/** Well below the time for negotiation: a person who knows the password gets in, slowly. */
const LONGEST_WAIT = 8000
/** Attempts of one address that may wait at a time; further ones are refused. */
const MAX_WAITING = 4
const REMEMBERED = 20_000

/** Thrown to the SASL exchange, which answers `temporary-auth-failure` (RFC 6120 §6.5.11). */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts'
}

interface Failures {
  readonly count: number
  readonly lastAt: number
}

/**
 * Slows the guessing of passwords down (RFC 6120 §13.12): who has failed often waits before the next attempt is looked
 * at. Nobody is locked out: waits are short, and an address from which an account has signed in before never waits for
 * that account.
 */
export class SignInThrottle {
  readonly #environment: Environment
  readonly #limits: SignInLimits
  readonly #addresses = new BoundedCache<Failures>(REMEMBERED)
  readonly #accounts = new BoundedCache<Failures>(REMEMBERED)
  /** `group account` of successes. */
  readonly #known = new BoundedCache<true>(REMEMBERED)
  readonly #waiting = new Map<string, number>()

  constructor(environment: Environment, limits: SignInLimits = DEFAULT_SIGN_IN_LIMITS) {
    this.#environment = environment
    this.#limits = limits
  }

  /** Resolves when the attempt may be looked at; `undefined`: at once. @throws TooManyAttempts */
  admit(address: string, account: string): Promise<void> | undefined {
    const group = addressGroup(address)
    if (this.#known.get(`${group} ${account}`)) return undefined
    const wait = Math.max(
      waitAfter(this.#recent(this.#addresses, group) - this.#limits.failuresPerAddress),
      waitAfter(this.#recent(this.#accounts, account) - this.#limits.failuresPerAccount),
    )
    return wait === 0 ? undefined : this.#wait(group, wait)
  }

  failed(address: string, account: string): void {
    const group = addressGroup(address)
    this.#count(this.#addresses, group)
    // Who knows the account may mistype: that says nothing about others.
    if (!this.#known.get(`${group} ${account}`)) this.#count(this.#accounts, account)
  }

  succeeded(address: string, account: string): void {
    this.#known.set(`${addressGroup(address)} ${account}`, true)
  }

  #recent(failures: BoundedCache<Failures>, key: string): number {
    const found = failures.get(key)
    return found && this.#environment.now() - found.lastAt < WINDOW ? found.count : 0
  }

  #count(failures: BoundedCache<Failures>, key: string): void {
    failures.set(key, { count: this.#recent(failures, key) + 1, lastAt: this.#environment.now() })
  }

  #wait(group: string, ms: number): Promise<void> {
    const others = this.#waiting.get(group) ?? 0
    if (others >= MAX_WAITING) throw new TooManyAttempts('too many failed sign-ins: try again later')
    this.#waiting.set(group, others + 1)
    return new Promise((resolve) => {
      this.#environment.setTimer(ms, () => {
        const left = (this.#waiting.get(group) ?? 1) - 1
        if (left === 0) this.#waiting.delete(group)
        else this.#waiting.set(group, left)
        resolve()
      })
    })
  }
}

const waitAfter = (excess: number): number =>
  excess < 0 ? 0 : Math.min(FIRST_WAIT * 2 ** Math.min(excess, 10), LONGEST_WAIT)

/** An IPv4 address, or the /64 of an IPv6 address, for one subscriber has at least that (RFC 6177 §2). */
function addressGroup(address: string): string {
  if (!address.includes(':')) return address
  const [front = '', back = ''] = address.split('::')
  const [head, tail] = [front === '' ? [] : front.split(':'), back === '' ? [] : back.split(':')]
  const zeros = address.includes('::') ? Array.from({ length: 8 - head.length - tail.length }, () => '0') : []
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}

/** One connection's attempts, as they pass the throttle. */
export class ThrottledAttempts {
  readonly #throttle: SignInThrottle
  readonly #address: string
  readonly #told: (outcome: SaslOutcome, account: string | undefined) => void
  #account: string | undefined

  constructor(throttle: SignInThrottle, address: string, told: (outcome: SaslOutcome, account?: string) => void) {
    this.#throttle = throttle
    this.#address = address
    this.#told = told
  }

  /** Looks up the credentials of an account when its turn has come. */
  lookUp<Found>(account: string, lookUp: () => Found | Promise<Found>): Found | Promise<Found> {
    this.#account = account
    const turn = this.#throttle.admit(this.#address, account)
    return turn ? turn.then(lookUp) : lookUp()
  }

  /**
   * A server whose outcomes are counted.
   *
   * @param make called when a client begins with one of its mechanisms: who comes with a token never does
   */
  watch(mechanisms: SaslServer['mechanisms'], make: () => SaslServer): SaslServer {
    return new WatchedServer(mechanisms, make, (outcome) => this.#see(outcome))
  }

  /** An outcome that came about otherwise than by a server that is watched. */
  observe<Success extends { readonly type: 'success' }>(outcome: SaslFailure | Success): SaslFailure | Success {
    const account = this.#account
    if (outcome.type === 'failure') this.#see(outcome)
    else if (account !== undefined) this.#throttle.succeeded(this.#address, account)
    this.#account = undefined
    return outcome
  }

  #see(outcome: SaslOutcome): SaslOutcome {
    if (outcome.type === 'challenge') return outcome
    const account = this.#account
    if (account !== undefined) this.#record(outcome, account)
    this.#told(outcome, account)
    this.#account = undefined
    return outcome
  }

  #record(outcome: SaslOutcome, account: string): void {
    if (outcome.type === 'success') this.#throttle.succeeded(this.#address, account)
    else if (outcome.type === 'failure' && outcome.condition === 'not-authorized')
      this.#throttle.failed(this.#address, account)
  }
}

class WatchedServer implements SaslServer {
  readonly mechanisms: SaslServer['mechanisms']
  readonly #make: () => SaslServer
  readonly #see: (outcome: SaslOutcome) => SaslOutcome
  #made: SaslServer | undefined

  constructor(
    mechanisms: SaslServer['mechanisms'],
    make: () => SaslServer,
    see: (outcome: SaslOutcome) => SaslOutcome,
  ) {
    this.mechanisms = mechanisms
    this.#make = make
    this.#see = see
  }

  start(mechanism: string | undefined, initialResponse: Uint8Array | undefined): MaybePromise<SaslOutcome> {
    return andThen(this.#server.start(mechanism, initialResponse), this.#see)
  }

  respond(message: Uint8Array): MaybePromise<SaslOutcome> {
    return andThen(this.#server.respond(message), this.#see)
  }

  abort(): void {
    this.#made?.abort()
  }

  get #server(): SaslServer {
    this.#made ??= this.#make()
    return this.#made
  }
}
