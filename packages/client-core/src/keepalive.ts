import type { Environment } from '@parlour/stream-negotiation'
import { el } from '@parlour/xml'
import type { IqOptions } from './iq-requests.ts'

/** How a quiet connection is watched. */
export interface KeepaliveOptions {
  /**
   * `ping` (default): after a quiet interval the server is asked (XEP-0199 §4.2), and the connection given up if
   * nothing at all comes back. `whitespace`: a space each interval (RFC 6120 §4.6.1), which keeps network address
   * translations alive and costs the server nothing; a dead connection is found by the transport alone.
   */
  readonly kind: 'ping' | 'whitespace'
  /** Milliseconds of silence from the server after which something is sent. Default 60 000. */
  readonly interval: number
  /** Milliseconds in which something must come back. Default 20 000. */
  readonly timeout: number
}

/** The values of {@link KeepaliveOptions} that hold unless others are given. */
export const DEFAULT_KEEPALIVE: KeepaliveOptions = { kind: 'ping', interval: 60_000, timeout: 20_000 }

/** What a watch over a connection needs of it. */
export interface Watched {
  readonly environment: Environment
  /** Asks the server; how it answers does not matter. */
  ping(options: IqOptions): Promise<unknown>
  sendWhitespace(): void
  /** Nothing came back. */
  dead(): void
}

/** Watches one session; costs one timer. */
export class Keepalive {
  readonly #options: KeepaliveOptions
  readonly #watched: Watched
  #heard = false
  #cancelTimer: () => void

  constructor(options: KeepaliveOptions, watched: Watched) {
    this.#options = options
    this.#watched = watched
    this.#cancelTimer = this.#setTimer(options.interval, () => this.#onInterval())
  }

  /** Something came from the server. */
  heard(): void {
    this.#heard = true
  }

  stop(): void {
    this.#cancelTimer()
  }

  #setTimer(ms: number, fn: () => void): () => void {
    return this.#watched.environment.setTimer(ms, fn)
  }

  #onInterval(): void {
    const { kind, interval, timeout } = this.#options
    const again = () => this.#onInterval()
    const quiet = !this.#heard
    this.#heard = false
    if (kind === 'whitespace') this.#watched.sendWhitespace()
    if (kind === 'whitespace' || !quiet) this.#cancelTimer = this.#setTimer(interval, again)
    else {
      this.#cancelTimer = this.#setTimer(timeout, () => this.#onTimeout())
      // An error is an answer too, and silence is the timer's affair.
      this.#watched.ping({ timeoutMs: timeout + interval }).catch(() => undefined)
    }
  }

  #onTimeout(): void {
    const isAlive = this.#heard
    this.#heard = false
    if (!isAlive) this.#watched.dead()
    else this.#cancelTimer = this.#setTimer(this.#options.interval, () => this.#onInterval())
  }
}

/** The request of XEP-0199 §4.2, which every server answers, if only with an error. */
export const PING = el('ping', 'urn:xmpp:ping')
