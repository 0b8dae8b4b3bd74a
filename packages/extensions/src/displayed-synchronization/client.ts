/** XEP-0490: Message Displayed Synchronization, version 1.0.1: how far the user has read, on whichever device. */
import { type Client, defineClientExtension, Listeners } from '@parlour/client-core'
import { type Message, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { discoClient } from '../disco/discovery.ts'
import { ignoreDisconnection } from '../disconnection.ts'
import { stanzaIdsClient } from '../stanza-ids/message-ids.ts'
import {
  DISPLAYED_NAMESPACE,
  type DisplayedState,
  displayedItemsElement,
  displayedPublication,
  displayedStateElement,
  readDisplayedEvent,
  readDisplayedItems,
  SERVER_ASSIST_FEATURE,
} from './wire.ts'

export interface DisplayedSynchronizationApi {
  /** What was displayed by conversation, as far as known: after {@link load}. */
  readonly states: ReadonlyMap<string, DisplayedState>
  /** Fetches the states; from then on they are kept current, and fetched again after a reconnection (XEP-0490 §4.4). Rejects as every request does. */
  load(): Promise<ReadonlyMap<string, DisplayedState>>
  /**
   * Says that a received message, and all before it, were displayed. Only the account's own devices hear of it. False, and
   * nothing is said: the message has no id that its archive vouches for, or was the latest one already.
   *
   * @throws {StanzaError | ClientError} as a rejection
   */
  displayed(message: Message): Promise<boolean>
  /**
   * Adds the same to a message that is about to be sent to the conversation by its bare JID, a marker of XEP-0333 for
   * example, in place of a request: the server takes it out (XEP-0490 §4.5.3). The message stays as it is where the
   * server does not do that: then call {@link displayed}.
   */
  assist(marker: Element, displayed: Message): Promise<Element>
  /**
   * Hears of what this or another device has displayed. "Only moves forward": one that names an older message than is known
   * as displayed, or one that is not known, is to be ignored (XEP-0490 §5.1). @returns takes the listener out again
   */
  onChange(listener: (state: DisplayedState) => void): () => void
}

/**
 * @example
 * const synchronization = client.use(displayedSynchronizationClient)
 * synchronization.onChange(({ conversation, message }) => console.log(`${conversation}: read up to ${message.id}`))
 * await synchronization.load()
 */
export const displayedSynchronizationClient = defineClientExtension<DisplayedSynchronizationApi>({
  name: 'displayed-synchronization',
  implements: { xep: 490, version: '1.0.1' },
  features: [`${DISPLAYED_NAMESPACE}+notify`],
  setup: (client) => new Synchronization(client),
})

class Synchronization implements DisplayedSynchronizationApi {
  readonly states = new Map<string, DisplayedState>()
  readonly #client: Client
  readonly #listeners = new Listeners<DisplayedState>()
  #isWanted = false
  #isAssisted: Promise<boolean> | undefined

  constructor(client: Client) {
    this.#client = client
    client.stanzas((stanza) => {
      if (stanza.kind !== 'message') return
      for (const state of readDisplayedEvent(stanza, client.jid)) this.#set(state)
    })
    client.onState(({ status }) => {
      this.#isAssisted = undefined
      if (status === 'online' && this.#isWanted) this.load().catch(ignoreRefusal)
    })
  }

  async load(): Promise<ReadonlyMap<string, DisplayedState>> {
    this.#isWanted = true
    const answer = await this.#client.iq.get(displayedItemsElement(), { to: this.#client.jid.bare })
    for (const state of answer ? readDisplayedItems(answer) : []) this.#set(state)
    return this.states
  }

  async displayed(message: Message): Promise<boolean> {
    const state = await this.#stateOf(message)
    if (!state || this.states.get(state.conversation)?.message.id === state.message.id) return false
    await this.#client.iq.set(displayedPublication(state), { to: this.#client.jid.bare })
    this.#set(state)
    return true
  }

  async assist(marker: Element, displayed: Message): Promise<Element> {
    const state = await this.#stateOf(displayed)
    // §5.1: "as the server will use the verbatim 'to' attribute as the item ID"; §4.5.3: not in an otherwise empty message.
    if (!state || marker.attribute('to') !== state.conversation || marker.elements().length === 0) return marker
    this.#isAssisted ??= this.#askForAssist()
    return (await this.#isAssisted)
      ? marker.withChildren([...marker.children, displayedStateElement(state.message)])
      : marker
  }

  onChange(listener: (state: DisplayedState) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** §4.1: "the bare JID of the contact", of the room; of an occupant who writes privately the full one. */
  async #stateOf(message: Message): Promise<DisplayedState | undefined> {
    const { from, type, element } = message
    const id = from && (await this.#client.use(stanzaIdsClient).idOf(message))
    if (!id || from.bare.equals(this.#client.jid.bare)) return undefined
    const isPrivate = type !== 'groupchat' && element.child('x', 'http://jabber.org/protocol/muc#user')
    return { conversation: (isPrivate ? from : from.bare).toString(), message: id }
  }

  async #askForAssist(): Promise<boolean> {
    try {
      const { features } = await this.#client.use(discoClient).info(this.#client.jid.bare)
      return features.includes(SERVER_ASSIST_FEATURE)
    } catch (error) {
      // Asked again the next time.
      this.#isAssisted = undefined
      throw error
    }
  }

  #set(state: DisplayedState): void {
    if (this.states.get(state.conversation)?.message.id === state.message.id) return
    this.states.set(state.conversation, state)
    this.#listeners.emit(state)
  }
}

/** The connection went again, or the server keeps no states: the next session asks anew. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof StanzaError)) ignoreDisconnection(error)
}
