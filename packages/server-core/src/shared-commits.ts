import type { Stanza } from '@parlour/stanza'
import { StorageError, type Write } from '@parlour/storage'
import type { StanzaTransaction } from './stanza-transaction.ts'
import type { HandledStanzas } from './stream-management/handled-stanzas.ts'

/** A stanza that stores something. */
export interface StoringStanza {
  readonly stanza: Stanza
  readonly transaction: Pick<StanzaTransaction<unknown>, 'close' | 'settle'>
  /** Who counts it, if anybody does, and its number there. */
  readonly management: StanzaCounter | undefined
  readonly ticket: number
}

/** XEP-0198 of the session, as it was when the stanza came. */
interface StanzaCounter {
  /** What says that the stanza with this ticket, and all before it, are handled; `undefined`: nobody asks any more. */
  countWrite(ticket: number): Write | undefined
  readonly handled: Pick<HandledStanzas, 'finish' | 'fail'>
}

/** What is done with what stanzas store. */
export interface SharedCommitsPort {
  /** Resolves when the writes are durable. */
  commit(writes: readonly Write[]): Promise<void>
  /** What a stanza stored is durable, or was not stored. @param error why, or what somebody has thrown who was told of it */
  over(stanza: Stanza, error: unknown): void
}

const NONE: readonly StoringStanza[] = []

/** It would be refused because of another one. */
const isCondition = ({ type }: Write): boolean => type === 'expect'
const hasCondition = (writes: readonly Write[]): boolean => writes.some(isCondition)

/**
 * The messages that a client sends at once (they arrive in one turn) are one commit, with one count for all of them. It is all or
 * nothing for them together, unless one of them is such that it can never be stored: then each is by itself.
 */
export class SharedCommits {
  readonly #port: SharedCommitsPort
  #waiting: StoringStanza[] = []
  /** What was submitted last, until it is over. */
  #last = NONE

  constructor(port: SharedCommitsPort) {
    this.#port = port
  }

  /** Commits what the stanza stores in this turn, with what follows it at once. */
  add(storing: StoringStanza): void {
    if (this.#waiting.push(storing) === 1) queueMicrotask(this.commit)
  }

  /** Commits now what waits. */
  readonly commit = (): void => {
    const together = this.#waiting
    if (together.length === 0) return
    this.#waiting = []
    const each = together.map(({ transaction }) => transaction.close())
    if (together.length > 1 && each.some(hasCondition)) this.#submitEach(together, each)
    else this.#submit(together, each)
  }

  #submitEach(together: readonly StoringStanza[], each: readonly (readonly Write[])[]): void {
    for (const [index, storing] of together.entries()) this.#submit([storing], [each[index] as readonly Write[]])
  }

  #submit(together: readonly StoringStanza[], each: readonly (readonly Write[])[]): void {
    this.#last = together
    const failed = (error: unknown): void => {
      // Only what the storage refuses at a glance, before anything later is submitted, keeps its place when it is tried again.
      if (together.length > 1 && isInvalid(error) && this.#last === together) this.#submitEach(together, each)
      else this.#tell(together, error, false)
    }
    const { management, ticket } = together.at(-1) as StoringStanza
    const writes: Write[] = []
    for (const own of each) for (const write of own) writes.push(write)
    try {
      const count = management?.countWrite(ticket)
      if (count) writes.push(count)
      this.#port.commit(writes).then(() => this.#tell(together, undefined, true), failed)
    } catch (error) {
      failed(error)
    }
  }

  #tell(together: readonly StoringStanza[], error: unknown, isDurable: boolean): void {
    if (this.#last === together) this.#last = NONE
    for (const { stanza, transaction, management, ticket } of together) {
      const fault = transaction.settle(error)
      this.#port.over(stanza, error ?? fault)
      if (isDurable) management?.handled.finish(ticket, true)
      else management?.handled.fail(ticket)
    }
  }
}

const isInvalid = (error: unknown): boolean => error instanceof StorageError && error.code === 'invalid'
