import { type ArchivedMessage, archiveClient } from '@parlour/archive/client'
import type { Client } from '@parlour/client-core'
import type { Carbon } from '@parlour/extensions/carbons'
import { carbonsClient } from '@parlour/extensions/carbons/client'
import { displayedSynchronizationClient } from '@parlour/extensions/displayed-synchronization/client'
import { readFallback } from '@parlour/extensions/fallback'
import { readRetracted } from '@parlour/extensions/message-retraction'
import { REPLIES_NAMESPACE, readReply } from '@parlour/extensions/replies'
import { readStanzaId, withStanzaId } from '@parlour/extensions/stanza-ids'
import { parseJid } from '@parlour/jid'
import { Message, message, StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { timeOf } from '../commands/stanza-json.ts'
import { type AmongEqual, type Author, type Change, changeIn, hasText, textOf } from './changes.ts'
import { type ChatModel, PROGRAM } from './chat-model.ts'
import { CommandError } from './command-error.ts'
import type { Conversation, Entry } from './conversation.ts'

/** Messages that are fetched when the chat begins, when a conversation is opened, and by each `/history`. */
const PAGE = 50
/** The most that is fetched of what came while the client was away, and of what `/search` finds. */
const MOST_MISSED = 500
const MOST_FOUND = 20
/** Of what is answered to, in UTF-16 units. */
const LONGEST_QUOTE = 80

/** Where a message belongs, and how it is shown. */
interface Place {
  readonly jid: string
  readonly entry: Entry & Author
  /** What it does to another message, or has become of it. */
  readonly change: Change | undefined
}

/**
 * What was said before and what other devices of the account say: copies (XEP-0280), the archive (XEP-0313), and how far
 * it was read (XEP-0490). A server that has none of these costs nothing but that.
 */
export class History {
  readonly #client: Client
  readonly #model: ChatModel
  readonly #changed: () => void
  /** The newest id of the archive that was seen: from there on it is asked what was missed. */
  #newest: string | undefined

  constructor(client: Client, model: ChatModel, changed: () => void) {
    this.#client = client
    this.#model = model
    this.#changed = changed
    client.use(carbonsClient).onCopy((carbon) => this.#copied(carbon))
    client.use(displayedSynchronizationClient).onChange(({ conversation, message }) => {
      if (this.#idOfLatest(conversation) === message.id) model.read(conversation)
      changed()
    })
  }

  /** Before presence: from then on copies come, and the latest conversations are shown. */
  async begin(): Promise<void> {
    const synchronization = this.#client.use(displayedSynchronizationClient)
    await Promise.all([whereOffered(this.#client.use(carbonsClient).enable()), whereOffered(synchronization.load())])
    const page = await whereOffered(this.#archive.page({}, { max: PAGE, before: '' }))
    if (!page) return
    for (const archived of page.messages) {
      this.#saw(archived.message, archived.id)
      this.#recall(archived)
    }
    const order = new Map(page.messages.map(({ id }, at) => [id, at]))
    for (const jid of this.#model.conversations.keys()) this.#countUnread(jid, order)
    this.#changed()
  }

  /** A new session: what came meanwhile. */
  async missed(): Promise<void> {
    if (this.#newest === undefined) return
    let count = 0
    try {
      for await (const archived of this.#archive.since(this.#newest, { pageSize: PAGE })) {
        if (++count > MOST_MISSED) return
        this.#saw(archived.message, archived.id)
        const place = this.#recall(archived)
        if (place?.entry.kind === 'received') this.#model.unread(place.jid)
      }
    } catch (error) {
      if (!(error instanceof StanzaError)) throw error // the archive has forgotten that message, or is gone
    }
    this.#changed()
  }

  /** A conversation is looked at for the first time. */
  async open(jid: string): Promise<void> {
    const conversation = jid === PROGRAM ? undefined : this.#model.conversation(jid)
    if (!conversation) return
    conversation.opening ??= this.#fetch(conversation, '')
    try {
      await conversation.opening
    } catch (error) {
      conversation.opening = undefined // asked again the next time
      throw error
    }
  }

  /** The page before what is shown. @throws CommandError when there is none */
  async older(jid: string): Promise<void> {
    if (jid === PROGRAM) throw new CommandError('With whom? /msg <address> first.')
    await this.open(jid)
    const conversation = this.#model.conversation(jid)
    if (conversation?.oldest === undefined) throw new CommandError('There is nothing older.')
    await this.#fetch(conversation, conversation.oldest)
  }

  /** What the archive has with these words, the oldest first. */
  async search(text: string): Promise<string[]> {
    const page = await this.#archive.page({ text }, { max: MOST_FOUND, before: '' })
    return page.messages.flatMap((archived) => {
      const place = this.#place(archived.message, archived.at)
      if (!place || (place.change && !place.entry.isStandIn)) return []
      const { who, time, text: said } = place.entry
      return [`${new Date(time).toLocaleString()}  ${place.jid}  ${who}: ${said}`]
    })
  }

  /** A message has come to this device. @returns whether it says something new to the person */
  heard(message: Message): boolean {
    const place = this.#take(message)
    return place?.entry.kind === 'received'
  }

  /** The person has the conversation before them: the account's other devices learn it. */
  async displayed(jid: string): Promise<void> {
    const latest = this.#model.conversations.get(jid)?.latest
    if (latest) await whereOffered(this.#client.use(displayedSynchronizationClient).displayed(latest))
  }

  get #archive() {
    return this.#client.use(archiveClient)
  }

  async #fetch(conversation: Conversation, before: string): Promise<void> {
    const page = await whereOffered(this.#archive.page({ with: parseJid(conversation.jid) }, { max: PAGE, before }))
    if (!page) return
    for (const archived of [...page.messages].reverse()) this.#recall(archived, 'before')
    conversation.oldest = page.isComplete ? undefined : page.set.first
    this.#changed()
  }

  #copied({ direction, message }: Carbon): void {
    const place = this.#take(message)
    // Who answers elsewhere has read it.
    if (place && direction === 'sent') this.#model.read(place.jid)
    this.#changed()
  }

  /** Shows a message that comes now. @returns where, unless there is nothing to show but a change of another one */
  #take(message: Message): Place | undefined {
    const id = readStanzaId(message.element, this.#client.jid.bare)?.id
    if (id !== undefined) this.#saw(message, id)
    const place = this.#place(message, undefined, id)
    if (!place || !this.#isSaid(place, 'behind')) return undefined
    this.#model.add(place.jid, place.entry)
    return place
  }

  /** Shows a message of the archive. @returns where, unless it is there already or is nothing to show */
  #recall({ id, at, message }: ArchivedMessage, amongEqual: AmongEqual = 'behind'): Place | undefined {
    const place = this.#place(message, at, id)
    return place && this.#isSaid(place, amongEqual) && this.#model.recall(place.jid, place.entry, amongEqual)
      ? place
      : undefined
  }

  /** Does what the message does to others. @returns whether it is to be shown itself */
  #isSaid({ jid, entry, change }: Place, amongEqual: AmongEqual): boolean {
    if (!change) return true
    const isSeen = this.#model.conversation(jid)?.change(change, entry, amongEqual) ?? true
    // What an archive keeps of a retracted message is shown where that stood.
    return entry.isStandIn ? !isSeen : change.type === 'retraction' && change.of === entry.messageId
  }

  #saw(message: Message, id: string): void {
    this.#newest = id
    const { from } = message
    const account = this.#client.jid.bare
    if (!from || from.bare.equals(account) || !isShown(message)) return
    if ((changeIn(message)?.type ?? 'correction') !== 'correction') return
    const conversation = this.#model.conversation(from.bare.toString())
    if (conversation) conversation.latest = new Message(withStanzaId(withoutText(message), { id, by: account }))
  }

  #place(message: Message, at: number | undefined, id?: string): Place | undefined {
    const { jid: own, environment } = this.#client
    const { from = own, to, element } = message
    const change = changeIn(message)
    const isStandIn = change?.type === 'correction'
    if (!isConversation(message) || !(change || hasText(message))) return undefined
    const isOwn = from.bare.equals(own.bare)
    const jid = (isOwn ? (to ?? own) : from).bare.toString()
    const said = {
      time: at ?? timeOf(message, environment.now()),
      text: readRetracted(element) ? '' : this.#quote(jid, message) + textOf(message),
      messageId: isStandIn ? change.of : message.id,
      isStandIn,
    }
    const entry = isOwn
      ? { kind: 'sent' as const, who: own.local, id: message.id ?? id, ...said }
      : { kind: 'received' as const, who: jid, id, ...said }
    return { jid, change, entry }
  }

  /** XEP-0461: what a message answers to, where it does not quote that itself. */
  #quote(jid: string, { element }: Message): string {
    const reply = readReply(element)
    const conversation = this.#model.conversations.get(jid)
    if (!reply || !conversation || readFallback(element, REPLIES_NAMESPACE)) return ''
    const answered = conversation.entries.find(({ messageId }) => messageId === reply.id)
    const quoted = answered && conversation.textOf(answered).replace(/\s+/g, ' ').slice(0, LONGEST_QUOTE)
    return quoted ? `> ${quoted.toWellFormed()}\n` : ''
  }

  /** What came behind what was read on any device, or answered. */
  #countUnread(jid: string, order: ReadonlyMap<string, number>): void {
    const conversation = this.#model.conversations.get(jid)
    if (!conversation || jid === this.#model.selected) return
    const read = this.#client.use(displayedSynchronizationClient).states.get(jid)?.message.id
    // It may name a message that is not shown by itself, such as a correction.
    const readAt = order.get(read ?? '') ?? -1
    let count = 0
    for (const { kind, id } of [...conversation.entries].reverse()) {
      if (kind === 'sent' || (order.get(id ?? '') ?? Number.POSITIVE_INFINITY) <= readAt) break
      count++
    }
    conversation.unread = count
  }

  #idOfLatest(jid: string): string | undefined {
    const latest = this.#model.conversations.get(jid)?.latest
    return latest && readStanzaId(latest.element, this.#client.jid.bare)?.id
  }
}

const isConversation = ({ type }: Message): boolean => type !== 'error' && type !== 'groupchat'
const isShown = (message: Message): boolean => isConversation(message) && hasText(message)

const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'

/** What shows in which conversation it is: who wrote it, and whether in a room's name. */
function withoutText({ from, type, element }: Message): Element {
  const isOfRoom = element.child('x', ROOM_USER_NAMESPACE) !== undefined
  return message({ from, type, children: isOfRoom ? [el('x', ROOM_USER_NAMESPACE)] : [] })
}

/** `undefined` where the server refuses, as one does that does not have the extension. */
async function whereOffered<Value>(request: Promise<Value>): Promise<Value | undefined> {
  try {
    return await request
  } catch (error) {
    if (error instanceof StanzaError) return undefined
    throw error
  }
}
