import type { Environment } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { StreamError } from '@parlour/xml-stream'
import type { ClientSession, ClientStream } from './session-port.ts'
import { TokenBucket } from './token-bucket.ts'

/** Reasons for which a connection is not read. */
const BUSY = 1
const RATE = 2

type ClosableStream = Pick<ClientStream, 'close' | 'destroy'>

/** Milliseconds of silence until the peer is asked whether it is there, and until it is given up when it does not answer. */
export interface Patience {
  /** 0: silence lasts as long as it may. */
  readonly idleTimeout: number
  readonly answerTimeout: number
}

/** Whether a connection is read: it rests while something earlier is still being treated, or its rate is exceeded. */
export class Reading {
  readonly #connection: Connection
  readonly #environment: Environment
  #rate: TokenBucket
  #reasons = 0
  #cancelTimer: (() => void) | undefined
  /** Something has come since it was looked last. */
  #isHeard = false
  #cancelWatch: (() => void) | undefined

  constructor(connection: Connection, environment: Environment, bytesPerSecond: number, burstBytes: number) {
    this.#connection = connection
    this.#environment = environment
    this.#rate = new TokenBucket(bytesPerSecond, burstBytes, environment.now())
  }

  /** Another rate holds from now on. */
  setRate(bytesPerSecond: number, burstBytes: number): void {
    this.#rate = new TokenBucket(bytesPerSecond, burstBytes, this.#environment.now())
  }

  /** Something is being treated. */
  hold(): void {
    this.#add(BUSY)
  }

  /** Nothing is being treated any more. */
  release(): void {
    this.#remove(BUSY)
  }

  /** Counts what was read; rests when that was too much (RFC 6120 §13.12: rate limits). */
  count(bytes: number): void {
    this.#isHeard = true
    if (this.#rate.spend(bytes)) return
    const milliseconds = this.#rate.wait(this.#environment.now())
    if (milliseconds === 0 || this.#cancelTimer) return
    this.#add(RATE)
    this.#cancelTimer = this.#environment.setTimer(milliseconds, () => {
      this.#cancelTimer = undefined
      this.#remove(RATE)
    })
  }

  /** Has a peer that is silent asked whether it is there, and gives it up when nothing comes then either (RFC 6120 §4.6). */
  watch(patience: Partial<Patience>, peer: Pick<ClientSession, 'probe'>, stream: ClosableStream): void {
    const { idleTimeout = 0, answerTimeout = 0 } = patience
    if (idleTimeout === 0 || !peer.probe) return
    this.#isHeard = false
    const look = (otherwise: () => void) => () => {
      // Who is not read cannot be heard.
      if (this.#isHeard || this.#reasons !== 0) this.watch(patience, peer, stream)
      else otherwise()
    }
    const ask = () => {
      const goesOn = peer.probe?.()
      const giveUp = () => (goesOn ? stream.destroy() : stream.close(new StreamError('connection-timeout')))
      this.#cancelWatch = this.#environment.setTimer(answerTimeout, look(giveUp))
    }
    this.#cancelWatch = this.#environment.setTimer(idleTimeout, look(ask))
  }

  /** No timer is left behind. */
  end(): void {
    this.#cancelWatch?.()
    this.#cancelWatch = undefined
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #add(reason: number): void {
    if (this.#reasons === 0) this.#connection.pause()
    this.#reasons |= reason
  }

  #remove(reason: number): void {
    const before = this.#reasons
    this.#reasons &= ~reason
    if (before !== 0 && this.#reasons === 0) this.#connection.resume()
  }
}
