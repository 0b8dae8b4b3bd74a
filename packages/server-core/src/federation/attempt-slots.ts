import type { Environment } from '@parlour/stream-negotiation'
import { FairLine } from './fair-line.ts'
import { Pace } from './pace.ts'

/** Who goes first when not all can connect at once. */
export type AttemptRank = 'known' | 'new' | 'failed'

/** The part of the slots that a rank may fill: a thousand dead domains leave room for those that answer. */
const SHARES: Readonly<Record<AttemptRank, number>> = { known: 1, new: 0.8, failed: 0.5 }
const RANKS: readonly AttemptRank[] = ['known', 'new', 'failed']
/** Milliseconds after which an attempt leaves its slot to others and goes on: servers that are there are quicker. */
const QUICK = 500
/** How many may go on so, for each slot; beyond, they stay where they are. */
const SLOW = 10
/** How many begin in a moment: looking for a server and connecting to it is work, and a thousand would be one long turn. */
const BEGUN_AT_ONCE = 3

/** Begins an attempt, which calls `release` once when it has come to its end. */
export type Begin = (release: () => void) => void

/**
 * Bounds how many connections are being made at once, and how many begin in a moment; the others wait, by rank, and in
 * each rank by turns of the accounts. Whoever waits for a peer that says nothing costs little, and stands in nobody's way.
 */
export class AttemptSlots {
  readonly #max: number
  readonly #environment: Pick<Environment, 'now' | 'setTimer'>
  readonly #pace: Pace
  readonly #waiting: Readonly<Record<AttemptRank, FairLine<Begin>>> = {
    known: new FairLine(),
    new: new FairLine(),
    failed: new FairLine(),
  }
  #used = 0
  #slow = 0

  constructor(max: number, environment: Pick<Environment, 'now' | 'setTimer'>) {
    this.#max = max
    this.#environment = environment
    this.#pace = new Pace(BEGUN_AT_ONCE, () => this.#admit(), environment)
  }

  get waiting(): number {
    return RANKS.reduce((sum, rank) => sum + this.#waiting[rank].size, 0)
  }

  /**
   * Calls `begin` as soon as there is a slot and few began in this moment, perhaps at once.
   * @param account on whose behalf: no account waits for all that others want to reach
   * @returns withdraws, if it still waits
   */
  acquire(rank: AttemptRank, account: string, begin: Begin): () => void {
    const line = this.#waiting[rank]
    line.add(account, begin)
    this.#admit()
    return () => line.delete(account, begin)
  }

  #admit(): void {
    for (const rank of RANKS) {
      const line = this.#waiting[rank]
      while (line.size > 0 && this.#used < Math.max(1, Math.floor(this.#max * SHARES[rank]))) {
        if (!this.#pace.take()) return
        line.shift()?.(this.#take())
      }
    }
  }

  /** @returns gives the slot back, or the place among the slow ones */
  #take(): () => void {
    let isSlow = false
    this.#used++
    const cancel = this.#environment.setTimer(QUICK, () => {
      if (this.#slow >= this.#max * SLOW) return
      isSlow = true
      this.#slow++
      this.#used--
      this.#admit()
    })
    return () => {
      cancel()
      if (isSlow) this.#slow--
      else this.#used--
      this.#admit()
    }
  }
}
