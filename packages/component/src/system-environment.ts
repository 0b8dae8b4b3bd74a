import { randomBytes } from 'node:crypto'
import type { Environment } from '@parlour/stream-negotiation'

/** The machine's clock, timers and randomness. */
export const systemEnvironment: Environment = {
  now: () => Date.now(),
  setTimer(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  randomBytes: (length) => randomBytes(length),
}
