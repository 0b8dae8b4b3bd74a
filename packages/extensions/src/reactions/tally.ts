import type { Reactions } from './wire.ts'

/** One sender's reactions to one message. */
interface Ballot {
  readonly reactions: readonly string[]
  /** When they were sent; milliseconds since 1970. */
  readonly at: number
  /** What they were before: it counts again if they are refused. */
  readonly before: readonly string[]
}

const MAX_MESSAGES = 1000
const MAX_SENDERS = 1000

/** Who has reacted how to which message. The latest set of each sender replaces the one before (XEP-0444 §3.2). */
export class Tally {
  /** By message, then by sender. */
  readonly #ballots = new Map<string, Map<string, Ballot>>()

  /** False, and nothing is counted: a newer set of this sender is known (XEP-0444 §4.1), or there are too many senders. */
  set(sender: string, { id, reactions }: Reactions, at: number): boolean {
    const ballots = this.#ballots.get(id) ?? new Map<string, Ballot>()
    const earlier = ballots.get(sender)
    if (earlier ? earlier.at > at : ballots.size >= MAX_SENDERS) return false
    ballots.set(sender, { reactions, at, before: earlier?.reactions ?? [] })
    this.#ballots.delete(id)
    this.#ballots.set(id, ballots)
    if (this.#ballots.size > MAX_MESSAGES) this.#ballots.delete(this.#ballots.keys().next().value as string)
    return true
  }

  /** XEP-0444 §3.3: "MUST revert the message reactions to its previous state"; returns that. */
  revert(sender: string, id: string): readonly string[] {
    const ballots = this.#ballots.get(id)
    const refused = ballots?.get(sender)
    if (!ballots || !refused) return []
    ballots.set(sender, { ...refused, reactions: refused.before })
    return refused.before
  }

  of(sender: string, id: string): readonly string[] {
    return this.#ballots.get(id)?.get(sender)?.reactions ?? []
  }

  /** By reaction, who has it, in the order in which they came. */
  counts(id: string): ReadonlyMap<string, readonly string[]> {
    const counts = new Map<string, string[]>()
    for (const [sender, { reactions }] of this.#ballots.get(id) ?? []) {
      for (const reaction of reactions) counts.set(reaction, [...(counts.get(reaction) ?? []), sender])
    }
    return counts
  }
}
