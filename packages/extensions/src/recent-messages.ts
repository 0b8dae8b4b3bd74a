import { type Client, defineClientExtension } from '@parlour/client-core'
import { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { type Heard, hear } from './heard.ts'

/** Messages that are remembered, so that it can be judged who may change them. */
const MAX_MESSAGES = 500

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
  readonly #messages: Message[] = []

  constructor(client: Client) {
    hear(client, ({ message }: Heard) => this.#remember(message))
    client.outgoing((stanza) => this.#rememberOwn(stanza, client))
  }

  find(matches: (message: Message) => boolean): Message | undefined {
    return this.#messages.findLast(matches)
  }

  /** What a room gets from here comes back from it, as it is known to all others. */
  #rememberOwn(stanza: Element, { jid }: Client): Element {
    if (stanza.name === 'message' && stanza.attribute('type') !== 'groupchat')
      this.#remember(new Message(stanza.withAttributes({ from: jid.toString() })))
    return stanza
  }

  #remember(message: Message): void {
    if (message.type === 'error' || message.id === undefined) return
    this.#messages.push(message)
    if (this.#messages.length > MAX_MESSAGES) this.#messages.shift()
  }
}
