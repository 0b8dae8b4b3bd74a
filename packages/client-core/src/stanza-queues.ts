import type { Stanza } from '@parlour/stanza'
import type { ClientError } from './client-error.ts'
import type { Listeners } from './listeners.ts'
import { type QueueOptions, StanzaQueue } from './stanza-queue.ts'

/** The queues of one client. */
export class StanzaQueues {
  readonly #stanzas: Listeners<Stanza>
  readonly #onDrop: () => void
  readonly #queues = new Set<StanzaQueue<never>>()

  constructor(stanzas: Listeners<Stanza>, onDrop: () => void) {
    this.#stanzas = stanzas
    this.#onDrop = onDrop
  }

  /** A queue of what arrives of one kind from now on. */
  open<Kind extends 'message' | 'presence'>(
    kind: Kind,
    options: QueueOptions,
  ): StanzaQueue<Extract<Stanza, { kind: Kind }>> {
    type Wanted = Extract<Stanza, { kind: Kind }>
    const queue = new StanzaQueue<Wanted>(options, this.#onDrop)
    const remove = this.#stanzas.add((stanza) => {
      if (stanza.kind === kind) queue.push(stanza as Wanted)
    })
    this.#queues.add(queue as StanzaQueue<never>)
    queue.onEnd(() => {
      remove()
      this.#queues.delete(queue as StanzaQueue<never>)
    })
    return queue
  }

  /** Nothing more arrives. */
  end(error: ClientError | undefined): void {
    for (const queue of [...this.#queues]) queue.end(error)
  }
}
