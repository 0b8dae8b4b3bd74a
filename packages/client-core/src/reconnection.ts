import type { Environment } from '@parlour/stream-negotiation'

/** When to connect again after a failure that may pass. Times in milliseconds. */
export interface ReconnectionOptions {
  /** Upper bound of the first delay; it doubles with each attempt. Default 1 000. */
  readonly initialDelay: number
  /** Upper bound of every delay. Default 60 000. */
  readonly maximumDelay: number
  /** Attempts in a row before giving up. Default: no limit. */
  readonly maximumAttempts: number
  /** A session that lasted so long counts as success: delays begin anew. Default 30 000. */
  readonly stableAfter: number
  /** Whether a client that has never been online tries again, too. Default false: a wrong address is told at once. */
  readonly beforeFirstSession: boolean
}

/** The values of {@link ReconnectionOptions} that hold unless others are given. */
export const DEFAULT_RECONNECTION: ReconnectionOptions = {
  initialDelay: 1_000,
  maximumDelay: 60_000,
  maximumAttempts: Number.POSITIVE_INFINITY,
  stableAfter: 30_000,
  beforeFirstSession: false,
}

const OCTET_STEPS = 2 ** 32

/**
 * Milliseconds to wait before the attempt that follows `failures` failures in a row (1 or more): uniformly random from
 * 0 to the bound that doubles each time ("full jitter"), so that clients of a server that restarts do not come at once.
 */
export function reconnectionDelay(
  failures: number,
  { initialDelay, maximumDelay }: Pick<ReconnectionOptions, 'initialDelay' | 'maximumDelay'>,
  environment: Pick<Environment, 'randomBytes'>,
): number {
  const bound = Math.min(maximumDelay, initialDelay * 2 ** (failures - 1))
  const [a = 0, b = 0, c = 0, d = 0] = environment.randomBytes(4)
  return Math.floor((bound * (((a * 256 + b) * 256 + c) * 256 + d)) / OCTET_STEPS)
}
