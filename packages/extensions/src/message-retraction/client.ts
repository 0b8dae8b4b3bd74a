/** XEP-0424: Message Retraction, version 0.4.2. */
import { type Client, defineClientExtension, Listeners } from '@parlour/client-core'
import type { Message } from '@parlour/stanza'
import { freshId } from '../fresh-id.ts'
import { areOfOneConversation, type Heard, hear, isOwn } from '../heard.ts'
import { readCorrection } from '../message-correction/wire.ts'
import { recentMessages } from '../recent-messages.ts'
import {
  isRetractedBy,
  RETRACTION_NAMESPACE,
  type Retraction,
  readRetraction,
  retractableId,
  retractionMessage,
} from './wire.ts'

/** That the author of a message wants it to be forgotten. */
export interface ReceivedRetraction extends Retraction {
  /** The message that asks for it. */
  readonly message: Message
  /**
   * What is retracted, if it was among the latest messages: then it is of the same author. `undefined`: find it elsewhere,
   * and ask `isRetractedBy` before it is removed.
   */
  readonly original: Message | undefined
}

export interface MessageRetractionApi {
  /**
   * Asks all who have a message to forget it; nobody can be made to (XEP-0424 §1). @returns the `id` of the request
   *
   * @param text for those whose clients do not know retraction
   * @throws {RangeError} as a rejection, for a message of somebody else, or one that cannot be referred to
   */
  retract(message: Message, options?: { readonly text?: string }): Promise<string>
  /** Hears of retractions, but not of those by others than the author. @returns takes the listener out again */
  onRetraction(listener: (retraction: ReceivedRetraction) => void): () => void
}

/** @example await client.use(messageRetractionClient).retract(new Message(sent)) */
export const messageRetractionClient = defineClientExtension<MessageRetractionApi>({
  name: 'message-retraction',
  implements: { xep: 424, version: '0.4.2' },
  features: [RETRACTION_NAMESPACE],
  setup: (client) => new ClientRetractions(client),
})

class ClientRetractions implements MessageRetractionApi {
  readonly #client: Client
  readonly #listeners = new Listeners<ReceivedRetraction>()

  constructor(client: Client) {
    this.#client = client
    client.use(recentMessages)
    hear(client, (heard) => this.#hear(heard))
  }

  async retract(message: Message, { text }: { readonly text?: string } = {}): Promise<string> {
    const of = this.#retracted(message)
    const to = this.#receiver(message)
    if (!of || !to) throw new RangeError('only the author can retract a message, by an id (XEP-0424 §5)')
    const id = freshId(this.#client)
    const { type } = message
    await this.#client.send(retractionMessage({ id, to, type, of, ...(text === undefined ? {} : { text }) }))
    return id
  }

  onRetraction(listener: (retraction: ReceivedRetraction) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Of a correction (XEP-0308) between two, the message that it corrected: what others know it by. */
  #retracted(message: Message): string | undefined {
    const corrected = message.type === 'groupchat' ? undefined : readCorrection(message.element)?.id
    return corrected ?? retractableId(message)
  }

  /** What comes from a room does not say whose it is: the room and its occupants judge that. */
  #receiver(message: Message): string | undefined {
    if (message.type === 'groupchat') return message.from?.bare.toString()
    return message.from && !isOwn(this.#client, message) ? undefined : message.to?.toString()
  }

  #hear({ message }: Heard): void {
    const retraction = readRetraction(message.element)
    if (!retraction) return
    const recent = this.#client.use(recentMessages)
    const original = recent.find((each) => isRetractedBy(each, message))
    if (
      !original &&
      recent.find((each) => retractableId(each) === retraction.id && areOfOneConversation(each, message))
    )
      return
    this.#listeners.emit({ ...retraction, message, original })
  }
}
