import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { HandledStanzas } from '../stream-management/handled-stanzas.ts'
import { Uncommitted } from '../uncommitted.ts'
import type { DomainPairs } from './domain-pairs.ts'
import type { FederationContext } from './federation-context.ts'
import { receiveStanza } from './inbound-stanzas.ts'

/** The stanzas of one stream from their arrival until they are handled: routed, and what they store durable. */
export class Handling {
  readonly #context: FederationContext
  readonly #uncommitted = new Uncommitted()

  constructor(context: FederationContext) {
    this.#context = context
  }

  /**
   * @param counts counts what is handled (XEP-0198); without it, an answer is what tells the peer that what it sent before
   *   is stored
   * @returns a promise when later stanzas have to wait; a StreamError when the stream has to end
   */
  take(element: Element, pairs: DomainPairs, counts?: HandledStanzas): undefined | StreamError | Promise<unknown> {
    if (!counts && element.name === 'iq' && this.#uncommitted.count > 0)
      return this.#uncommitted.settled().then((): unknown => this.#handle(element, pairs, counts))
    return this.#handle(element, pairs, counts)
  }

  /** Resolves when nothing waits to be stored; `undefined` if nothing does. */
  settled(): Promise<void> | undefined {
    return this.#uncommitted.count === 0 ? undefined : this.#uncommitted.settled()
  }

  #handle(
    element: Element,
    pairs: DomainPairs,
    counts: HandledStanzas | undefined,
  ): undefined | StreamError | Promise<unknown> {
    const ticket = counts?.begin() ?? 0
    let committed: Promise<void> | undefined
    const done = receiveStanza(element, pairs, this.#context, (commit) => {
      committed = commit
    })
    if (done instanceof StreamError) return done
    const finish = () => this.#finish(committed, () => counts?.finish(ticket, false))
    return done ? done.then(finish) : finish()
  }

  /** The stream goes on while stanzas are committed, unless too many are. */
  #finish(committed: Promise<void> | undefined, counted: () => void): Promise<void> | undefined {
    if (committed) void this.#uncommitted.add(committed.then(counted))
    else counted()
    return committed && this.#uncommitted.room()
  }
}
