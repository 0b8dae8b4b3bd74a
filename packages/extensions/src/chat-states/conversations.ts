import type { ChatState } from './wire.ts'

/** What is known of one conversation. */
export interface Conversation {
  /** Whether the contact tells states: unknown until they have written something (XEP-0085 §5.1). */
  support: 'unknown' | 'supported' | 'unsupported'
  /** What was told last, so that it is not repeated (XEP-0085 §5.3). */
  told: ChatState | undefined
}

const MAX_CONVERSATIONS = 1000

/** The conversations of a client by the address of the contact; the one that was longest unused is forgotten first. */
export class Conversations {
  readonly #conversations = new Map<string, Conversation>()

  with(contact: string): Conversation {
    const known = this.#conversations.get(contact) ?? { support: 'unknown', told: undefined }
    this.#conversations.delete(contact)
    this.#conversations.set(contact, known)
    if (this.#conversations.size > MAX_CONVERSATIONS)
      this.#conversations.delete(this.#conversations.keys().next().value as string)
    return known
  }
}
