/** XEP-0444: Message Reactions, version 0.2.1. */
import { type Client, defineClientExtension, Listeners } from '@parlour/client-core'
import type { Message } from '@parlour/stanza'
import { readDelay } from '../delay/wire.ts'
import { freshId } from '../fresh-id.ts'
import { type Heard, hear, isOwn } from '../heard.ts'
import { hasHint } from '../hints/wire.ts'
import { readOccupantId } from '../occupant-ids/wire.ts'
import { Tally } from './tally.ts'
import { REACTIONS_NAMESPACE, type Reactions, reactableId, reactionsMessage, readReactions } from './wire.ts'

/** All reactions that somebody now has to a message. */
export interface ReactionChange extends Reactions {
  /** The conversation: the bare JID of the contact or of the room. */
  readonly conversation: string
  /** Whose they are: a bare JID; in a room the occupant's id, or else their address. */
  readonly sender: string
}

export interface ReactionsApi {
  /**
   * Reacts to a message: these are all the reactions that the user now has to it; none takes them back. Resolves when sent.
   *
   * @throws {RangeError} as a rejection, for a message without an id that one can refer to (XEP-0444 §4.2)
   */
  react(to: Message, reactions: readonly string[]): Promise<void>
  /** The reactions to a message that have been seen, and whose they are. */
  to(message: Message): ReadonlyMap<string, readonly string[]>
  /** Hears of every change, the own account's too, and of the return to what was before when one is refused. @returns takes the listener out again */
  onChange(listener: (change: ReactionChange) => void): () => void
}

/** Own reactions whose refusal may still come. */
const MAX_SENT = 100

/**
 * @example
 * const reactions = client.use(reactionsClient)
 * reactions.onChange(({ sender, id, reactions }) => console.log(`${sender} → ${id}: ${reactions.join(' ')}`))
 * await reactions.react(message, ['💘'])
 */
export const reactionsClient = defineClientExtension<ReactionsApi>({
  name: 'reactions',
  implements: { xep: 444, version: '0.2.1' },
  features: [REACTIONS_NAMESPACE],
  setup: (client) => new ClientReactions(client),
})

class ClientReactions implements ReactionsApi {
  readonly #client: Client
  readonly #listeners = new Listeners<ReactionChange>()
  readonly #tally = new Tally()
  /** By the `id` of the message that carried them. */
  readonly #sent = new Map<string, ReactionChange>()

  constructor(client: Client) {
    this.#client = client
    hear(client, (heard) => this.#hear(heard))
  }

  async react(to: Message, reactions: readonly string[]): Promise<void> {
    const id = reactableId(to)
    const conversation = this.#conversationOf(to)
    if (!id || !conversation) throw new RangeError('nobody can refer to this message (XEP-0444 §4.2)')
    const { type } = to
    const messageId = freshId(this.#client)
    const receiver = type === 'groupchat' ? conversation : ((isOwn(this.#client, to) ? to.to : to.from) ?? conversation)
    const store = !hasHint(to.element, 'no-store')
    await this.#client.send(reactionsMessage({ id, reactions, to: receiver, type, messageId, store }))
    // In a room they count when they come back from it.
    if (type === 'groupchat') return
    const change = { id, reactions: [...new Set(reactions)], conversation, sender: this.#client.jid.bare.toString() }
    this.#remember(messageId, change)
    this.#count(change, this.#client.environment.now())
  }

  to(message: Message): ReadonlyMap<string, readonly string[]> {
    const [id, conversation] = [reactableId(message), this.#conversationOf(message)]
    return id && conversation ? this.#tally.counts(keyOf(conversation, id)) : new Map()
  }

  onChange(listener: (change: ReactionChange) => void): () => void {
    return this.#listeners.add(listener)
  }

  #hear({ message }: Heard): void {
    if (message.type === 'error') {
      this.#revert(message)
      return
    }
    const reactions = readReactions(message.element)
    const conversation = this.#conversationOf(message)
    if (!reactions || !conversation || !message.from) return
    // §4.1: between two, the sender is one of the two: who else would be another conversation.
    const change = { ...reactions, conversation, sender: senderOf(message) }
    this.#count(change, readDelay(message.element)?.stamp ?? this.#client.environment.now())
  }

  /** §3.3: a refusal brings back what was before. */
  #revert({ id = '', from, error }: Message): void {
    const sent = this.#sent.get(id)
    if (error?.condition !== 'not-acceptable' || !sent || from?.bare.toString() !== sent.conversation) return
    this.#sent.delete(id)
    const reactions = this.#tally.revert(sent.sender, keyOf(sent.conversation, sent.id))
    this.#listeners.emit({ ...sent, reactions })
  }

  #count(change: ReactionChange, at: number): void {
    const { conversation, sender, id, reactions } = change
    if (this.#tally.set(sender, { id: keyOf(conversation, id), reactions }, at)) this.#listeners.emit(change)
  }

  #remember(messageId: string, change: ReactionChange): void {
    this.#sent.set(messageId, change)
    if (this.#sent.size > MAX_SENT) this.#sent.delete(this.#sent.keys().next().value as string)
  }

  #conversationOf(message: Message): string | undefined {
    return (isOwn(this.#client, message) ? message.to : message.from)?.bare.toString()
  }
}

/** Where a room gives no ids, an occupant may put one there (XEP-0421 §4): it must not pass for somebody's address. */
function senderOf({ type, from, element }: Message): string {
  if (type !== 'groupchat') return `${from?.bare}`
  const id = readOccupantId(element)
  return id === undefined || id.startsWith(`${from?.bare}/`) ? `${from}` : id
}

const keyOf = (conversation: string, id: string): string => `${conversation} ${id}`
