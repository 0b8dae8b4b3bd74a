import { randomBytes } from 'node:crypto'

/** Time and randomness; the `Environment` of `@parlour/stream-negotiation` is one. */
export interface ResolverEnvironment {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `fn` once after `ms` milliseconds, unless the returned function is called before. */
  setTimer(ms: number, fn: () => void): () => void
  /** `n` unpredictable octets. */
  randomBytes(n: number): Uint8Array
}

/** The machine's clock, timers and randomness. */
export const systemEnvironment: ResolverEnvironment = {
  now: () => Date.now(),
  setTimer(ms, fn) {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
  randomBytes: (n) => randomBytes(n),
}

/** A number from 0 up to, not including, 1. */
export function randomFraction(environment: ResolverEnvironment): number {
  return environment.randomBytes(4).reduce((sum, octet) => (sum + octet) / 256, 0)
}

/** Unpredictable, 0–65535. */
export function randomIdentifier(environment: ResolverEnvironment): number {
  return environment.randomBytes(2).reduce((sum, octet) => sum * 256 + octet, 0)
}
