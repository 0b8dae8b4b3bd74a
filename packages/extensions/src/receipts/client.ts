/** XEP-0184: Message Delivery Receipts, version 1.4.0: that a message has arrived at a client. */
import { type Client, type ClientExtension, defineClientExtension, Listeners } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { Message, message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { ignoreDisconnection } from '../disconnection.ts'
import { freshId } from '../fresh-id.ts'
import { hear, isOwn } from '../heard.ts'
import { type MayKnow, maySeePresence } from './may-know.ts'
import { asksForReceipt, RECEIPTS_NAMESPACE, readReceipt, receiptElement, receiptRequestElement } from './wire.ts'

export { type MayKnow, maySeePresence } from './may-know.ts'

/** That a message arrived. */
export interface Receipt {
  /** The `id` of the message. */
  readonly id: string
  /** The client at which it arrived; each of an account's may say so (XEP-0184 §4). */
  readonly from: Jid
}

export interface ReceiptsApi {
  /**
   * The message with a request for a receipt, and with an `id` if it had none. It stays as it is where none is to be asked
   * for: in errors, rooms (XEP-0184 §5.3) and receipts (§5.4).
   */
  request(message: Element): Element
  /** Hears of receipts for messages of the account. That none comes means nothing (XEP-0184 §4). @returns takes the listener out again */
  onReceipt(listener: (receipt: Receipt) => void): () => void
}

/** Receipts for those for whom `mayKnow` holds; `() => false`: for nobody. Use it before `client.use(receiptsClient)`. */
export function receiptsClientWith(options: { readonly mayKnow: MayKnow }): ClientExtension<ReceiptsApi> {
  return defineClientExtension({
    name: 'receipts',
    implements: { xep: 184, version: '1.4.0' },
    features: [RECEIPTS_NAMESPACE],
    setup: (client) => new ClientReceipts(client, options.mayKnow),
  })
}

/**
 * Receipts for contacts who may see the user's presence (XEP-0184 §8), as the loaded roster says, and for the account itself.
 *
 * @example
 * const receipts = client.use(receiptsClient)
 * receipts.onReceipt(({ id }) => console.log(`${id} has arrived`))
 * await client.send(receipts.request(message({ to: 'juliet@example.com', type: 'chat', body: 'Art thou there?' })))
 */
export const receiptsClient: ClientExtension<ReceiptsApi> = receiptsClientWith({ mayKnow: maySeePresence })

class ClientReceipts implements ReceiptsApi {
  readonly #client: Client
  readonly #mayKnow: MayKnow
  readonly #listeners = new Listeners<Receipt>()

  constructor(client: Client, mayKnow: MayKnow) {
    this.#client = client
    this.#mayKnow = mayKnow
    hear(client, ({ message, copy }) => {
      // XEP-0280 §10.4: nothing is answered because of a copy.
      if (!copy) this.#answer(message)
      this.#read(message)
    })
  }

  request(stanza: Element): Element {
    const { type } = new Message(stanza)
    if (type === 'error' || type === 'groupchat' || stanza.child('received', RECEIPTS_NAMESPACE)) return stanza
    if (stanza.child('request', RECEIPTS_NAMESPACE)) return stanza
    const id = stanza.attribute('id') ?? freshId(this.#client)
    return stanza.withAttributes({ id }).withChildren([...stanza.children, receiptRequestElement()])
  }

  onReceipt(listener: (receipt: Receipt) => void): () => void {
    return this.#listeners.add(listener)
  }

  #read(message: Message): void {
    const id = readReceipt(message.element)
    if (id && message.from && !isOwn(this.#client, message)) this.#listeners.emit({ id, from: message.from })
  }

  #answer(received: Message): void {
    const { id, from, type } = received
    if (!id || !from || from.equals(this.#client.jid) || !asksForReceipt(received)) return
    if (!this.#mayKnow(received, this.#client)) return
    const receipt = message({ to: from, id: freshId(this.#client), type, children: [receiptElement(id)] })
    // Without a connection there is no receipt; nobody may depend on one (XEP-0184 §5.1).
    this.#client.send(receipt).catch(ignoreDisconnection)
  }
}
