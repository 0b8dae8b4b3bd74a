import type { ConnectionState } from '@parlour/client-core'
import { isSubscriber, type RosterItem } from '@parlour/roster'
import type { Presence, Show } from '@parlour/stanza'
import type { AmongEqual } from './changes.ts'
import { Conversation, type Entry } from './conversation.ts'

/** How a contact is marked. `asks`: wants to see the user's presence; `none`: nothing is known of it. */
export type Mark = 'available' | 'chat' | 'away' | 'xa' | 'dnd' | 'offline' | 'asks' | 'none'

/** One line of the contact list. */
export interface Contact {
  readonly jid: string
  readonly name: string
  readonly mark: Mark
  readonly unread: number
}

/** Where the model looks up what the server tells. */
export interface ChatSources {
  readonly items: ReadonlyMap<string, RosterItem>
  readonly requests: ReadonlyMap<string, unknown>
  best(jid: string): Presence | undefined
  /** Somebody is looking at a conversation. */
  looked(jid: string): void
}

/** The conversation of the program itself: help, requests, what happens to the connection. */
export const PROGRAM = ''
/** Strangers may not fill the memory: beyond it, their messages are counted and shown only in the program's notes. */
const MAXIMUM_CONVERSATIONS = 500

/** Everything that the screen shows. */
export class ChatModel {
  readonly conversations = new Map<string, Conversation>([[PROGRAM, new Conversation(PROGRAM)]])
  readonly #sources: ChatSources
  /** The user's address as it is shown. */
  account = ''
  connection: ConnectionState = { status: 'connecting', attempt: 1 }
  own: { readonly show?: Show | undefined; readonly status?: string | undefined } = {}
  selected = PROGRAM

  constructor(sources: ChatSources) {
    this.#sources = sources
  }

  get current(): Conversation {
    return this.conversation(this.selected) ?? (this.conversations.get(PROGRAM) as Conversation)
  }

  /** The conversation with a bare JID, begun if there is none; undefined when there are too many. */
  conversation(jid: string): Conversation | undefined {
    const known = this.conversations.get(jid)
    if (known || this.conversations.size >= MAXIMUM_CONVERSATIONS) return known
    const begun = new Conversation(jid)
    this.conversations.set(jid, begun)
    return begun
  }

  /** Adds to a conversation; what is not being looked at becomes unread. */
  add(jid: string, entry: Entry): void {
    const conversation = this.conversation(jid)
    if (!conversation) {
      this.add(PROGRAM, { ...entry, kind: 'note', text: `a message of ${jid} is not shown: too many conversations` })
      return
    }
    if (conversation.has(entry)) return
    conversation.add(entry)
    if (entry.kind !== 'sent') this.unread(jid)
  }

  /** Puts something that was said before into a conversation. False: it is there already, or there is no room. */
  recall(jid: string, entry: Entry, amongEqual: AmongEqual): boolean {
    return this.conversation(jid)?.recall(entry, amongEqual) ?? false
  }

  /** One more is unread in a conversation that is not being looked at. */
  unread(jid: string): void {
    const conversation = this.conversations.get(jid)
    if (conversation && jid !== this.selected) conversation.unread++
  }

  /** All of a conversation was read. */
  read(jid: string): void {
    const conversation = this.conversations.get(jid)
    if (conversation) conversation.unread = 0
  }

  select(jid: string): void {
    if (!this.conversation(jid)) return
    this.selected = jid
    this.current.unread = 0
    this.current.scroll = 0
    this.#sources.looked(jid)
  }

  /** The next or previous line of the contact list. */
  step(direction: 1 | -1): void {
    const contacts = this.contacts()
    const at = contacts.findIndex(({ jid }) => jid === this.selected)
    const next = contacts[(at + direction + contacts.length) % contacts.length]
    if (next) this.select(next.jid)
  }

  /** The next conversation with something unread, if there is one. */
  selectUnread(): void {
    const unread = this.contacts().find((contact) => contact.unread > 0)
    if (unread) this.select(unread.jid)
  }

  close(jid: string): void {
    if (jid !== PROGRAM) this.conversations.delete(jid)
    if (this.selected === jid) this.select(PROGRAM)
  }

  /** The program, requests, then contacts who are there, then the others; by name. */
  contacts(): Contact[] {
    const { items, requests } = this.#sources
    const jids = new Set([...items.keys(), ...requests.keys(), ...this.conversations.keys()])
    jids.delete(PROGRAM)
    const contacts = Array.from(jids, (jid) => this.#contact(jid))
    contacts.sort((a, b) => RANK[a.mark] - RANK[b.mark] || a.name.localeCompare(b.name) || (a.jid < b.jid ? -1 : 1))
    const unread = this.conversations.get(PROGRAM)?.unread ?? 0
    return [{ jid: PROGRAM, name: 'Parlour', mark: 'none', unread }, ...contacts]
  }

  nameOf(jid: string): string {
    return this.#sources.items.get(jid)?.name || jid
  }

  #contact(jid: string): Contact {
    const unread = this.conversations.get(jid)?.unread ?? 0
    return { jid, name: this.nameOf(jid), mark: this.#mark(jid), unread }
  }

  #mark(jid: string): Mark {
    // A request that crossed its own approval is answered already.
    if (this.#sources.requests.has(jid) && !isSubscriber(this.#sources.items.get(jid))) return 'asks'
    const presence = this.#sources.best(jid)
    if (presence) return presence.show ?? 'available'
    return this.#sources.items.has(jid) ? 'offline' : 'none'
  }
}

const RANK: Readonly<Record<Mark, number>> = {
  asks: 0,
  chat: 1,
  available: 1,
  away: 2,
  xa: 2,
  dnd: 2,
  none: 3,
  offline: 4,
}
