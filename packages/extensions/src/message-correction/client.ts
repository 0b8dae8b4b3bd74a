/** XEP-0308: Last Message Correction, version 1.2.1. */
import { type Client, defineClientExtension, Listeners } from '@parlour/client-core'
import type { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { freshId } from '../fresh-id.ts'
import { areOfOneConversation, type Heard, hear } from '../heard.ts'
import { recentMessages } from '../recent-messages.ts'
import { CORRECTION_NAMESPACE, type Correction, correctedMessage, isCorrectedBy, readCorrection } from './wire.ts'

/** A message that takes the place of another one. */
export interface ReceivedCorrection extends Correction {
  /** As it is now; the user SHOULD see that it was changed (XEP-0308 §4). */
  readonly message: Message
  /**
   * As it was first sent, if it was among the latest messages: then it is of the same author. `undefined`: find it
   * elsewhere, and ask `isCorrectedBy` before it is replaced.
   */
  readonly original: Message | undefined
}

export interface MessageCorrectionApi {
  /**
   * Sends a message again with another body. @returns what was sent; correct that, or the first one, to correct it again
   *
   * @param sent as it was sent, with its `id`
   * @throws {RangeError} as a rejection, for what has no `id` or no body
   */
  correct(sent: Element, body: string): Promise<Element>
  /** Hears of corrections, but not of those by others than the author. @returns takes the listener out again */
  onCorrection(listener: (correction: ReceivedCorrection) => void): () => void
}

/** @example await client.use(messageCorrectionClient).correct(sent, 'But soft, what light through yonder window breaks?') */
export const messageCorrectionClient = defineClientExtension<MessageCorrectionApi>({
  name: 'message-correction',
  implements: { xep: 308, version: '1.2.1' },
  features: [CORRECTION_NAMESPACE],
  setup: (client) => new ClientCorrections(client),
})

class ClientCorrections implements MessageCorrectionApi {
  readonly #client: Client
  readonly #listeners = new Listeners<ReceivedCorrection>()

  constructor(client: Client) {
    this.#client = client
    client.use(recentMessages)
    hear(client, (heard) => this.#hear(heard))
  }

  async correct(sent: Element, body: string): Promise<Element> {
    const corrected = correctedMessage(sent, { id: freshId(this.#client), body })
    await this.#client.send(corrected)
    return corrected
  }

  onCorrection(listener: (correction: ReceivedCorrection) => void): () => void {
    return this.#listeners.add(listener)
  }

  #hear({ message }: Heard): void {
    const correction = readCorrection(message.element)
    if (!correction) return
    const recent = this.#client.use(recentMessages)
    const original = recent.find((each) => isCorrectedBy(each, message))
    // Somebody else's message by this id in the same conversation: not theirs to correct.
    if (!original && recent.find((each) => each.id === correction.id && areOfOneConversation(each, message))) return
    this.#listeners.emit({ ...correction, message, original })
  }
}
