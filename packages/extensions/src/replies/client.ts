/** XEP-0461: Message Replies, version 0.2.1. */
import { type Client, defineClientExtension, Listeners } from '@parlour/client-core'
import type { Message } from '@parlour/stanza'
import { freshId } from '../fresh-id.ts'
import { areOfOneConversation, type Heard, hear, isOwn } from '../heard.ts'
import { recentMessages } from '../recent-messages.ts'
import { REPLIES_NAMESPACE, type Reply, readReply, repliableId, replyBody, replyMessage } from './wire.ts'

/** A message that answers to another one. */
export interface ReceivedReply extends Reply {
  readonly message: Message
  /** What is answered to, if it was among the latest messages; "MUST NOT be assumed to relate to any other" (XEP-0461 §4). */
  readonly original: Message | undefined
  /** Without what it quotes, if {@link original} can be shown beside it; else all of it (XEP-0461 §3.1). */
  readonly body: string | undefined
}

export interface RepliesApi {
  /**
   * Answers to a message, where it came from. @returns the `id` of the answer
   *
   * @param options.quote for clients that know no replies, the text is quoted in the body. Default true
   * @throws {RangeError} as a rejection, for a message without an id that one can refer to
   */
  reply(of: Message, body: string, options?: { readonly quote?: boolean }): Promise<string>
  /** Hears of answers, also of those between others and the account's other clients. @returns takes the listener out again */
  onReply(listener: (reply: ReceivedReply) => void): () => void
}

/** @example await client.use(repliesClient).reply(message, 'Great idea!') */
export const repliesClient = defineClientExtension<RepliesApi>({
  name: 'replies',
  implements: { xep: 461, version: '0.2.1' },
  features: [REPLIES_NAMESPACE],
  setup: (client) => new ClientReplies(client),
})

class ClientReplies implements RepliesApi {
  readonly #client: Client
  readonly #listeners = new Listeners<ReceivedReply>()

  constructor(client: Client) {
    this.#client = client
    client.use(recentMessages)
    hear(client, (heard) => this.#hear(heard))
  }

  async reply(of: Message, body: string, { quote = true }: { readonly quote?: boolean } = {}): Promise<string> {
    const id = freshId(this.#client)
    const text = quote ? replyBody(of.element) : undefined
    const to = isOwn(this.#client, of) ? of.to : undefined
    const fields = { of, body, id, ...(text === undefined ? {} : { quote: text }), ...(to ? { to } : {}) }
    await this.#client.send(replyMessage(fields))
    return id
  }

  onReply(listener: (reply: ReceivedReply) => void): () => void {
    return this.#listeners.add(listener)
  }

  #hear({ message }: Heard): void {
    const reply = readReply(message.element)
    if (!reply) return
    const original = this.#client
      .use(recentMessages)
      .find((each) => repliableId(each) === reply.id && areOfOneConversation(each, message))
    const body = original ? replyBody(message.element) : message.body
    this.#listeners.emit({ ...reply, message, original, body })
  }
}
