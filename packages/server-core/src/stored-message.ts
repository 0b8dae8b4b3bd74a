import type { Message } from '@parlour/stanza'

/** A message that a module has stored as text, to be handed over as it is: it is read only if somebody wants to know what is in it. */
export class StoredMessage {
  /** As it is written to a client: well-formed, in the content namespace of its stream. */
  readonly text: string
  readonly #read: () => Message
  #message: Message | undefined

  /** @param read reads the same message */
  constructor(text: string, read: () => Message) {
    this.text = text
    this.#read = read
  }

  get message(): Message {
    this.#message ??= this.#read()
    return this.#message
  }
}
