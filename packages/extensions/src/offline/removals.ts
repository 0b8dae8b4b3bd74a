import type { ModuleHost } from '@parlour/server-core'
import type { Mailbox } from './mailbox.ts'

/** Milliseconds until what could not be removed is removed, while the storage fails. */
const SHORTEST_DELAY = 1000
const LONGEST_DELAY = 60_000

type Unfinished = Pick<Mailbox, 'hasUnremoved' | 'removeAgain'>

/** Removes what could not be removed when it was handed out, once the storage is well again. */
export class Removals {
  readonly #host: Pick<ModuleHost, 'setTimer' | 'log'>
  readonly #mailboxes = new Set<Unfinished>()
  #delay = SHORTEST_DELAY
  #cancel: (() => void) | undefined
  #isClosed = false

  constructor(host: Pick<ModuleHost, 'setTimer' | 'log'>) {
    this.#host = host
  }

  readonly later = (mailbox: Unfinished, error: unknown): void => {
    if (this.#mailboxes.size === 0)
      this.#host.log.error({ error }, 'offline messages that were handed out could not be removed; it is tried again')
    this.#mailboxes.add(mailbox)
    this.#wait()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }

  #wait(): void {
    if (!this.#isClosed) this.#cancel ??= this.#host.setTimer(this.#delay, () => void this.#try())
  }

  async #try(): Promise<void> {
    this.#delay = Math.min(2 * this.#delay, LONGEST_DELAY)
    await Promise.all([...this.#mailboxes].map((mailbox) => mailbox.removeAgain()))
    this.#cancel = undefined
    for (const mailbox of this.#mailboxes) if (!mailbox.hasUnremoved) this.#mailboxes.delete(mailbox)
    if (this.#mailboxes.size > 0) this.#wait()
    else this.#delay = SHORTEST_DELAY
  }
}
