import { type Client, defineClientExtension } from '@parlour/client-core'
import { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { type Heard, hear } from './heard.ts'

/** Messages that are remembered, so that it can be judged who may change them. */
export const MAX_MESSAGES = 500

/** How long they may be together: characters, and {@link SIZE_OF_ELEMENT} for each element. */
export const MAX_SIZE = 4_194_304

const SIZE_OF_ELEMENT = 100

/** The latest messages of all conversations, sent and received. */
export interface RecentMessages {
  /** The latest one for which this holds. */
  find(matches: (message: Message) => boolean): Message | undefined
}

/** What was sent and received since this was first used. */
export const recentMessages = defineClientExtension<RecentMessages>({
  name: 'recent-messages',
  setup: (client) => new Memory(client),
})

class Memory implements RecentMessages {
  readonly #messages: { readonly message: Message; readonly size: number }[] = []
  /** Of all together. */
  #size = 0

  constructor(client: Client) {
    hear(client, ({ message }: Heard) => this.#remember(message))
    client.outgoing((stanza) => this.#rememberOwn(stanza, client))
  }

  find(matches: (message: Message) => boolean): Message | undefined {
    return this.#messages.findLast(({ message }) => matches(message))?.message
  }

  /** What a room gets from here comes back from it, as it is known to all others. */
  #rememberOwn(stanza: Element, { jid }: Client): Element {
    if (stanza.name === 'message' && stanza.attribute('type') !== 'groupchat')
      this.#remember(new Message(stanza.withAttributes({ from: jid.toString() })))
    return stanza
  }

  #remember(message: Message): void {
    if (message.type === 'error' || message.id === undefined) return
    const size = sizeOf(message.element)
    if (size > MAX_SIZE) return // it would leave none of the others
    this.#messages.push({ message, size })
    this.#size += size
    while (this.#messages.length > MAX_MESSAGES || this.#size > MAX_SIZE)
      this.#size -= this.#messages.shift()?.size ?? 0
  }
}

function sizeOf({ attributes, children }: Element): number {
  let size = SIZE_OF_ELEMENT
  for (const name in attributes) size += name.length + (attributes[name]?.length ?? 0)
  for (const child of children) size += typeof child === 'string' ? child.length : sizeOf(child)
  return size
}
