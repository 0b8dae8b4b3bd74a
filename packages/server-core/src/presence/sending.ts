import { type PresenceType, presence, readStanza, type Stanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'

/** The promises among results; `undefined` if nothing waits, so that the common case stays synchronous. */
export class Waiting {
  #promises: Promise<void>[] | undefined

  add(result: void | Promise<void>): void {
    if (result instanceof Promise) {
      this.#promises ??= []
      this.#promises.push(result)
    }
  }

  /** Resolves when all have settled; rejects as the first that does. */
  all(): void | Promise<void> {
    if (this.#promises) return Promise.all(this.#promises).then(() => {})
  }
}

/** Does `next` once what came before is done: stanzas between two entities keep their order (RFC 6120 §10.1). */
export function inOrder(before: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
  return before instanceof Promise ? before.then(next) : next()
}

/** The same presence to another address: what it contains is serialized once for all of them. */
export function addressed(element: Element, to: string): Stanza {
  return readStanza(element.withAttributes({ to }))
}

/** Presence which the server makes in the name of an account or of one of its sessions. */
export function made(type: PresenceType, from: string, to: string, id?: string): Stanza {
  return readStanza(presence({ type, from, to, id }))
}
