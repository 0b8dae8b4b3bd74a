import { randomBytes } from 'node:crypto'
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
  randomBytes: (length) => randomBytes(length),
}
