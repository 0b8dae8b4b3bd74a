import { randomFillSync } from 'node:crypto'
import type { Environment } from '@parlour/stream-negotiation'

/** The machine's clock, timers and randomness. */
export const systemEnvironment: Environment = {
  now: () => Date.now(),
  setTimer(ms, callback) {
    const timer = setTimeout(callback, ms)
    // A timer alone is no reason to keep the process running.
    timer.unref()
    return () => clearTimeout(timer)
  },
  randomBytes,
}

/** Asking the system costs the same for 16 octets as for some thousands, and a sign-in needs a dozen times 16. */
const pool = new Uint8Array(4096)
let used = pool.length

/** Unpredictable octets, of which the pool keeps no copy. */
function randomBytes(length: number): Uint8Array {
  if (length > pool.length) return randomFillSync(new Uint8Array(length))
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const octets = pool.slice(used, used + length)
  pool.fill(0, used, used + length)
  used += length
  return octets
}
