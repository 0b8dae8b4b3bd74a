import type { Iq } from '@parlour/stanza'
import type { ServerNames } from './server-connector.ts'

/** How often the silence of a server is taken for its death that never answered a ping, and of one that did. */
const PATIENCE = { unknown: 1, answering: 5 } as const
/** Pairs of domains that are remembered. */
const MAX_PAIRS = 10_000

interface Ping {
  readonly names: ServerNames
  readonly answered: () => void
}

/** The pings that our domains have sent to other servers (XEP-0199), and which servers answer such at all. */
export class ServerPings {
  readonly #pings = new Map<string, Ping>()
  /** How often more silence counts; without an entry nothing is known. */
  readonly #patience = new Map<string, number>()

  /** A ping goes out. @returns forgets it */
  expect(id: string, names: ServerNames, answered: () => void): () => void {
    this.#pings.set(id, { names, answered })
    return () => this.#pings.delete(id)
  }

  /**
   * Takes an answer, whatever it says: an error was written by somebody who read the ping too (RFC 6120 §8.2.3). It may
   * come on another stream than the ping went out on. @returns whether it was one, of whom was asked
   */
  take({ id = '', from, to }: Iq): boolean {
    const ping = this.#pings.get(id)
    if (!ping || from?.toString() !== ping.names.remote || to?.toString() !== ping.names.local) return false
    this.#pings.delete(id)
    this.#remember(ping.names, PATIENCE.answering)
    ping.answered()
    return true
  }

  /**
   * No answer came. @returns whether that means that the stream is dead: a server that answers no pings must not lose
   * its streams for that again and again
   */
  isDeath(names: ServerNames): boolean {
    const patience = this.#patience.get(pairOf(names)) ?? PATIENCE.unknown
    this.#remember(names, Math.max(0, patience - 1))
    return patience > 0
  }

  #remember(names: ServerNames, patience: number): void {
    const pair = pairOf(names)
    this.#patience.delete(pair)
    this.#patience.set(pair, patience)
    if (this.#patience.size <= MAX_PAIRS) return
    const [oldest] = this.#patience.keys()
    if (oldest !== undefined) this.#patience.delete(oldest)
  }
}

const pairOf = ({ local, remote }: ServerNames): string => `${local} ${remote}`
