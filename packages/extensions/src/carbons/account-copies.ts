import type { Jid } from '@parlour/jid'
import type { ClientSession } from '@parlour/server-core'
import type { Message } from '@parlour/stanza'
import type { CarbonDirection } from './wire.ts'

/** Messages of which an account remembers that an error may answer them. */
const REMEMBERED_MESSAGES = 100
/** Longer ids are not remembered, in UTF-16 code units: they are in memory for as long as a session wants copies. */
const LONGEST_ID = 256

/** One account with sessions that want copies, and what it has to know for them. */
export class AccountCopies {
  readonly sessions = new Set<ClientSession>()
  /** The latest eligible messages, oldest first. */
  readonly #answerable = new Set<string>()

  /** An error may come in answer to this message, from its receiver to its sender. */
  remember({ id, from, to }: Message, direction: CarbonDirection): void {
    if (id === undefined || id.length > LONGEST_ID) return
    this.#answerable.add(keyOf(direction, direction === 'sent' ? to : from, id))
    if (this.#answerable.size > REMEMBERED_MESSAGES)
      this.#answerable.delete(this.#answerable.values().next().value as string)
  }

  /** XEP-0280 §6.1: whether an error "was sent in response to a message that was eligible". */
  answersRemembered({ id, from, to }: Message, direction: CarbonDirection): boolean {
    if (id === undefined) return false
    if (this.#answerable.has(keyOf('sent', from, id))) return true
    return direction === 'sent' && this.#answerable.has(keyOf('received', to, id))
  }
}

/** What was sent to an account is answered by a client of it: resources do not count. */
function keyOf(direction: CarbonDirection, peer: Jid | undefined, id: string): string {
  return `${direction} ${peer?.bare} ${id}`
}
