/** XEP-0333: Displayed Markers, version 1.0.0: up to where somebody has read. */
import { type Client, type ClientExtension, defineClientExtension, Listeners } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { type Message, message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { freshId } from '../fresh-id.ts'
import { hear, isOwn } from '../heard.ts'
import { type MayKnow, maySeePresence } from '../receipts/may-know.ts'
import { stanzaIdsClient } from '../stanza-ids/message-ids.ts'
import {
  CHAT_MARKERS_NAMESPACE,
  displayedElement,
  isMarkable,
  markableElement,
  markableId,
  readDisplayed,
} from './wire.ts'

/** That somebody has seen a message and all before it. "Only move forward": an older one than known is to be ignored (§5). */
export interface Displayed {
  /** The message's own `id`; in a room the one that the room gave it. */
  readonly id: string
  readonly from: Jid
  /** Another client of the own account says so to somebody else: the user has read it there. */
  readonly isOwn: boolean
  readonly message: Message
}

export interface ChatMarkersApi {
  /** Whether others are told; "SHOULD provide ways to opt-out" (XEP-0333 §9). Default true. */
  isEnabled: boolean
  /** The message with a request to be told, and with an `id` if it had none (XEP-0333 §4.1). */
  markable(message: Element): Element
  /**
   * Tells the sender of a message, or its room, that it and all before it were displayed; call it for the latest only. False,
   * and nothing is sent: markers are off, the sender did not ask (needless in a room) or may not know (XEP-0333 §8), the
   * message is from the own account, is a marker, has no id, or was the last that was marked.
   *
   * @throws {ClientError} as every request does: a room is asked once whether it gives ids
   */
  displayed(message: Message): Promise<boolean>
  /** @returns takes the listener out again */
  onDisplayed(listener: (displayed: Displayed) => void): () => void
}

/** Conversations of which the last marked message is remembered. */
const MAX_CONVERSATIONS = 1000

/** Markers for those for whom `mayKnow` holds. Use it before `client.use(chatMarkersClient)`. */
export function chatMarkersClientWith(options: { readonly mayKnow: MayKnow }): ClientExtension<ChatMarkersApi> {
  return defineClientExtension({
    name: 'chat-markers',
    implements: { xep: 333, version: '1.0.0' },
    features: [CHAT_MARKERS_NAMESPACE],
    setup: (client) => new ClientMarkers(client, options.mayKnow),
  })
}

/**
 * Markers for contacts who may see the user's presence, as the loaded roster says (XEP-0333 §8), and for rooms.
 *
 * @example
 * const markers = client.use(chatMarkersClient)
 * markers.onDisplayed(({ id, from }) => console.log(`${from} has read up to ${id}`))
 * for await (const message of client.messages()) await markers.displayed(message)
 */
export const chatMarkersClient: ClientExtension<ChatMarkersApi> = chatMarkersClientWith({ mayKnow: maySeePresence })

class ClientMarkers implements ChatMarkersApi {
  isEnabled = true
  readonly #client: Client
  readonly #mayKnow: MayKnow
  readonly #listeners = new Listeners<Displayed>()
  /** By the address that is told. */
  readonly #marked = new Map<string, string>()

  constructor(client: Client, mayKnow: MayKnow) {
    this.#client = client
    this.#mayKnow = mayKnow
    hear(client, ({ message }) => this.#read(message))
  }

  markable(stanza: Element): Element {
    if (isMarkable(stanza) || readDisplayed(stanza) || stanza.attribute('type') === 'error') return stanza
    const id = stanza.attribute('id') ?? freshId(this.#client)
    return stanza.withAttributes({ id }).withChildren([...stanza.children, markableElement()])
  }

  async displayed(shown: Message): Promise<boolean> {
    const to = this.#receiver(shown)
    const id = to && (await this.#idOf(shown))
    if (!id || this.#marked.get(to) === id) return false
    this.#remember(to, id)
    const { type } = shown
    try {
      await this.#client.send(message({ to, type, id: freshId(this.#client), children: [displayedElement(id)] }))
    } catch (error) {
      // Nobody was told: the next try is none too many.
      if (this.#marked.get(to) === id) this.#marked.delete(to)
      throw error
    }
    return true
  }

  onDisplayed(listener: (displayed: Displayed) => void): () => void {
    return this.#listeners.add(listener)
  }

  #read(message: Message): void {
    const id = readDisplayed(message.element)
    if (id && message.from)
      this.#listeners.emit({ id, from: message.from, isOwn: isOwn(this.#client, message), message })
  }

  /** Whom a marker goes to, if there may be one: §4.2, §5. */
  #receiver(shown: Message): string | undefined {
    const { from, type, element } = shown
    if (!this.isEnabled || !from || type === 'error' || isOwn(this.#client, shown) || readDisplayed(element)) return
    if (type === 'groupchat') return from.bare.toString()
    if (!isMarkable(element) || !this.#mayKnow(shown, this.#client)) return
    return (element.child('x', 'http://jabber.org/protocol/muc#user') ? from : from.bare).toString()
  }

  /** §4.3: "if XEP-0359 support is not announced … MUST be ignored". */
  async #idOf(shown: Message): Promise<string | undefined> {
    if (shown.type !== 'groupchat') return markableId(shown)
    return (await this.#client.use(stanzaIdsClient).idOf(shown))?.id ?? markableId(shown, false)
  }

  #remember(to: string, id: string): void {
    this.#marked.delete(to)
    this.#marked.set(to, id)
    if (this.#marked.size > MAX_CONVERSATIONS) this.#marked.delete(this.#marked.keys().next().value as string)
  }
}
