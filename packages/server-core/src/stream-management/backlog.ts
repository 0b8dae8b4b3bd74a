import { HANDLED_COUNT_MODULUS } from '@parlour/stream-management'
import type { QueuedStanza } from './unacknowledged.ts'

/** Further than a client can have counted what was not stored: what comes after a restart is behind all of that. */
const LEAP = 2 ** 24

/**
 * What a session that was brought back has not acknowledged, as far as it was stored. Its client has counted more: presence
 * and answers, which are not stored. So what comes now is placed far behind, and the client's own count
 * says what it has got of the rest.
 */
export class Backlog {
  readonly items: QueuedStanza[]
  #length = 0
  #last: number

  /** @param acknowledged what the client has acknowledged, as far as is known */
  constructor(items: readonly QueuedStanza[], acknowledged: number) {
    this.items = [...items]
    for (const { text } of items) this.#length += text.length
    this.#last = ((items.at(-1)?.position ?? acknowledged) + LEAP) % HANDLED_COUNT_MODULUS
  }

  /** In UTF-16 units. */
  get length(): number {
    return this.#length
  }

  next(): number {
    return (this.#last + 1) % HANDLED_COUNT_MODULUS
  }

  add(item: QueuedStanza): void {
    this.#last = item.position
    this.items.push(item)
    this.#length += item.text.length
  }

  /** @param h what the client has handled */
  split(h: number): { readonly handled: QueuedStanza[]; readonly left: QueuedStanza[] } {
    const isHandled = ({ position }: QueuedStanza) => (h - position) >>> 0 < HANDLED_COUNT_MODULUS / 2
    return {
      handled: this.items.filter(isHandled),
      left: this.items.filter((item) => !isHandled(item)),
    }
  }
}
