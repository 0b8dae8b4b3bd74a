/** XEP-0085: Chat State Notifications, version 2.1: who is writing. */
import { type Client, defineClientExtension, Listeners } from '@parlour/client-core'
import { type Jid, parseJid } from '@parlour/jid'
import { type Message, message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { type Heard, hear, isOwn } from '../heard.ts'
import { type Conversation, Conversations } from './conversations.ts'
import { CHAT_STATES_NAMESPACE, type ChatState, chatStateElement, readChatState } from './wire.ts'

/** What a contact, or an occupant of a room, is doing. */
export interface ChatStateChange {
  readonly from: Jid
  readonly state: ChatState
  readonly thread?: string
  /** The message that told it; it may have a body. */
  readonly message: Message
}

export interface ChatStateOptions {
  /** Default `chat`. */
  readonly type?: 'chat' | 'groupchat'
  readonly thread?: string
}

export interface ChatStatesApi {
  /** Whether states are told; "MUST allow users to configure" (XEP-0085 §5.2). Default true. */
  isEnabled: boolean
  /**
   * Tells a contact or a room what the user is doing. False, and nothing is sent: states are off, or the contact has
   * shown no support yet (XEP-0085 §5.1), or the last one told was the same (§5.3), or it is `gone` to a room (§5.5).
   * Messages that are sent tell `active` by themselves.
   */
  set(to: Jid | string, state: ChatState, options?: ChatStateOptions): Promise<boolean>
  /** Hears of others' states; not of the own account's. @returns takes the listener out again */
  onChange(listener: (change: ChatStateChange) => void): () => void
}

/**
 * @example
 * const states = client.use(chatStatesClient)
 * states.onChange(({ from, state }) => console.log(`${from} is ${state}`))
 * await states.set('juliet@example.com', 'composing')
 */
export const chatStatesClient = defineClientExtension<ChatStatesApi>({
  name: 'chat-states',
  implements: { xep: 85, version: '2.1' },
  features: [CHAT_STATES_NAMESPACE],
  setup: (client) => new ClientChatStates(client),
})

class ClientChatStates implements ChatStatesApi {
  isEnabled = true
  readonly #client: Client
  readonly #conversations = new Conversations()
  readonly #listeners = new Listeners<ChatStateChange>()

  constructor(client: Client) {
    this.#client = client
    client.outgoing((stanza) => this.#annotate(stanza))
    hear(client, (heard) => this.#hear(heard))
  }

  async set(to: Jid | string, state: ChatState, { type = 'chat', thread }: ChatStateOptions = {}): Promise<boolean> {
    const conversation = this.#with(to)
    if (!this.isEnabled || conversation.told === state) return false
    if (type === 'groupchat' ? state === 'gone' : conversation.support !== 'supported') return false
    // §5.6, rule 3: "if threads are used … MUST also contain the <thread/>".
    await this.#client.send(message({ to, type, thread, children: [chatStateElement(state)] }))
    conversation.told = state
    return true
  }

  onChange(listener: (change: ChatStateChange) => void): () => void {
    return this.#listeners.add(listener)
  }

  #with(address: Jid | string): Conversation {
    const jid = typeof address === 'string' ? parseJid(address) : address
    return this.#conversations.with(jid.bare.toString())
  }

  /** §5.1, rule 1: until the contact has answered, and after that if they support it, messages tell `active`. */
  #annotate(stanza: Element): Element {
    const to = stanza.attribute('to')
    if (stanza.name !== 'message' || !to || stanza.child('body') === undefined) return stanza
    const type = stanza.attribute('type')
    if (!this.isEnabled || (type !== 'chat' && type !== 'groupchat') || hasChatState(stanza)) return stanza
    const conversation = this.#with(to)
    if (type === 'chat' && conversation.support === 'unsupported') return stanza
    conversation.told = 'active'
    return stanza.withChildren([...stanza.children, chatStateElement('active')])
  }

  #hear({ message }: Heard): void {
    const { from, type, thread } = message
    if (!from || type === 'error' || isOwn(this.#client, message)) return
    const state = readChatState(message.element)
    if (type !== 'groupchat') this.#learn(message, state)
    // §5.5, rule 3: "SHOULD ignore <gone/> notifications received from other room occupants".
    if (!state || (type === 'groupchat' && state === 'gone')) return
    this.#listeners.emit({ from, state, message, ...(thread === undefined ? {} : { thread }) })
  }

  /** §5.1, rules 2 and 3: what a contact's first reply contains decides; a later one may change it. */
  #learn({ from, body }: Message, state: ChatState | undefined): void {
    if (state) this.#with(from as Jid).support = 'supported'
    else if (body !== undefined) this.#with(from as Jid).support = 'unsupported'
  }
}

function hasChatState(stanza: Element): boolean {
  return stanza.elements().some(({ namespace }) => namespace === CHAT_STATES_NAMESPACE)
}
