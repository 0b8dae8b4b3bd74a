import type { Environment } from '@parlour/stream-negotiation'
import type { Logger } from '../logger.ts'

/** Milliseconds for which lines are counted. */
const WINDOW = 60_000
/** Lines of one kind in that time: because of one address, and in all. */
const MOST = { ofAddress: 5, inAll: 10 } as const

interface Counted {
  since: number
  lines: number
  /** Of those that were logged, so there are few. */
  readonly byAddress: Map<string, number>
  unlogged: number
}

/** Logs what strangers can cause as often as they like: each of them with a line, but no flood with a flood. */
export class RefusalLog {
  readonly #log: Logger
  readonly #environment: Environment
  readonly #kinds = new Map<string, Counted>()

  constructor(log: Logger, environment: Environment) {
    this.#log = log
    this.#environment = environment
  }

  /** @param message one of a few, as is `fields.condition`. A line tells how many of its kind, of both, were left out before it (`unlogged`). */
  warn(message: string, remoteAddress: string, fields: Readonly<Record<string, unknown>>): void {
    const counted = this.#counted(`${message} ${fields.condition ?? ''}`)
    const ofAddress = counted.byAddress.get(remoteAddress) ?? 0
    if (counted.lines >= MOST.inAll || ofAddress >= MOST.ofAddress) {
      counted.unlogged++
      return
    }
    const { unlogged } = counted
    counted.unlogged = 0
    counted.lines++
    counted.byAddress.set(remoteAddress, ofAddress + 1)
    this.#log.warn({ remoteAddress, ...fields, ...(unlogged > 0 && { unlogged }) }, message)
  }

  #counted(kind: string): Counted {
    const now = this.#environment.now()
    const known = this.#kinds.get(kind)
    if (known && now - known.since < WINDOW) return known
    const fresh = { since: now, lines: 0, byAddress: new Map(), unlogged: known?.unlogged ?? 0 }
    this.#kinds.set(kind, fresh)
    return fresh
  }
}
