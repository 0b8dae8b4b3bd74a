/** Who goes first when not all can connect at once. */
export type AttemptRank = 'known' | 'new' | 'failed'

/** The part of the slots that a rank may fill: a thousand dead domains leave room for those that answer. */
const SHARES: Readonly<Record<AttemptRank, number>> = { known: 1, new: 0.8, failed: 0.5 }
const RANKS: readonly AttemptRank[] = ['known', 'new', 'failed']

/** Bounds how many connections are being made at once; the others wait, by rank and then in order. */
export class AttemptSlots {
  readonly #max: number
  readonly #waiting: Readonly<Record<AttemptRank, Set<() => void>>> = {
    known: new Set(),
    new: new Set(),
    failed: new Set(),
  }
  #used = 0

  constructor(max: number) {
    this.#max = max
  }

  get used(): number {
    return this.#used
  }

  get waiting(): number {
    return RANKS.reduce((sum, rank) => sum + this.#waiting[rank].size, 0)
  }

  /**
   * Calls `begin` as soon as there is a slot, perhaps at once; whoever was called owes a {@link release}.
   * @returns withdraws, if it still waits
   */
  acquire(rank: AttemptRank, begin: () => void): () => void {
    const line = this.#waiting[rank]
    line.add(begin)
    this.#admit()
    return () => void line.delete(begin)
  }

  release(): void {
    this.#used--
    this.#admit()
  }

  #admit(): void {
    for (const rank of RANKS) {
      const line = this.#waiting[rank]
      for (const begin of line) {
        if (this.#used >= Math.max(1, Math.floor(this.#max * SHARES[rank]))) break
        line.delete(begin)
        this.#used++
        begin()
      }
    }
  }
}
