import { readRetraction } from '@parlour/extensions/message-retraction'
import { readStanzaId, withoutStanzaIdsBy, withStanzaId } from '@parlour/extensions/stanza-ids'
import type { SentMessageIds } from '@parlour/extensions/stanza-ids/server'
import type { Jid } from '@parlour/jid'
import type { ModuleHost, StanzaEvent } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { isArchivable, isConversation } from './archivable.ts'
import type { ArchiveConfiguration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'
import { searchText, storedText } from './message-text.ts'
import type { PreferenceStore } from './preference-store.ts'
import type { UnderWay } from './under-way.ts'

/** The conversation that a message belongs to, as seen by one of the two. */
interface Side {
  readonly message: Message
  /** Whose archive it is. */
  readonly owner: Jid
  readonly other: Jid
}

/** How a message is stored, and what it is found by. */
interface Texts {
  readonly stored: string
  readonly text: string | undefined
}

/** What is known of a message, whoever's archive it goes to. */
interface Judged {
  readonly message: Element
  readonly isArchivable: boolean
  readonly isRetraction: boolean
  texts: Texts | undefined
}

/** Told of a retraction that is archived, in time to store something with it. */
export type Retracting = (event: StanzaEvent, owner: string, id: string) => void

/** A message that bears the receiver's id. */
class IdentifiedMessage extends Message {
  /** With the message as it was before. */
  readonly side: Side
  readonly archiveId: string

  constructor(side: Side, archiveId: string) {
    super(withStanzaId(side.message.element, { id: archiveId, by: side.owner }), side.message)
    this.side = side
    this.archiveId = archiveId
  }
}

/**
 * Puts messages into the archives of who sends and of who receives them. The receiver's id is given in the phase
 * `rewrite`; both are stored in the phase `archive`, when nothing has refused the message.
 */
export class Archiving implements SentMessageIds {
  readonly #host: ModuleHost<ArchiveConfiguration>
  readonly #preferences: PreferenceStore
  readonly #underWay: UnderWay
  readonly #retracting: Retracting
  #last: Judged | undefined
  /** The ids of messages in their senders' archives. */
  readonly #sent = new WeakMap<Element, string>()

  constructor(
    host: ModuleHost<ArchiveConfiguration>,
    preferences: PreferenceStore,
    underWay: UnderWay,
    retracting: Retracting,
  ) {
    this.#host = host
    this.#preferences = preferences
    this.#underWay = underWay
    this.#retracting = retracting
  }

  /** Hook `rewrite`, inbound: the receiver learns under which id its archive has the message (XEP-0313 §3.5). */
  readonly identify = (event: StanzaEvent): undefined | Promise<undefined> => {
    const side = this.#side(event)
    if (!side) return
    const wanted = this.#isWanted(side)
    if (wanted instanceof Promise) return wanted.then((settled) => this.#identify(event, side, settled))
    this.#identify(event, side, wanted)
  }

  /** Hook `archive`, inbound. */
  readonly received = (event: StanzaEvent): undefined => {
    const { stanza } = event
    if (stanza instanceof IdentifiedMessage) this.#store(event, stanza.side, stanza.archiveId)
    else if (stanza.kind === 'message') this.#rewritten(event)
  }

  /** Another module has changed the message since it got its id, which nobody else gives (module `stanza-ids`). */
  #rewritten(event: StanzaEvent): void {
    const side = this.#side(event)
    if (!side) return
    const { message, owner } = side
    const id = readStanzaId(message.element, owner)?.id
    if (id === undefined) return
    const plain = new Message(withoutStanzaIdsBy(message.element, owner), message)
    this.#store(event, { ...side, message: plain }, id)
  }

  /** Hook `archive`, outbound. What an account sends to itself is archived when it arrives (XEP-0313 §6.1.1: "only once"). */
  readonly sent = (event: StanzaEvent): undefined | Promise<undefined> => {
    const side = this.#side(event)
    if (!side || side.owner.equals(side.other.bare)) return
    const wanted = this.#isWanted(side)
    if (wanted instanceof Promise) return wanted.then((settled) => this.#storeSent(event, side, settled))
    this.#storeSent(event, side, wanted)
  }

  /** {@link SentMessageIds.of} */
  of(message: Element): string | undefined {
    return this.#sent.get(message)
  }

  /** The conversation of what may be archived for an account of this host, if there is something in it. */
  #side({ stanza, direction }: StanzaEvent): Side | undefined {
    const { from, to } = stanza
    if (stanza.kind !== 'message' || !from || !to || !isConversation(stanza)) return
    const own = direction === 'outbound' ? from : to
    if (own.local === '' || own.domain !== this.#host.domain) return
    return { message: stanza, owner: own.bare, other: own === from ? to : from }
  }

  #isWanted({ owner, other }: Side): boolean | Promise<boolean> {
    const wanted = this.#preferences.wants(owner, other)
    const exists = this.#host.accounts.exists(owner)
    if (typeof wanted === 'boolean' && typeof exists === 'boolean') return wanted && exists
    return Promise.all([wanted, exists]).then((all) => all.every(Boolean))
  }

  #identify(event: StanzaEvent, side: Side, wanted: boolean): undefined {
    if (!wanted || !this.#judge(side.message).isArchivable) return
    event.stanza = new IdentifiedMessage(side, this.#nextId(event, side))
  }

  #storeSent(event: StanzaEvent, side: Side, wanted: boolean): undefined {
    if (!wanted || !this.#judge(side.message).isArchivable) return
    const id = this.#nextId(event, side)
    // Nobody asks where there is no other device.
    if (this.#host.sessions(side.owner).length > 1) this.#sent.set(side.message.element, id)
    this.#store(event, side, id)
  }

  #nextId(event: StanzaEvent, { owner }: Side): string {
    const id = this.#host.archive.nextId()
    this.#underWay.add(owner.toString(), id, event)
    return id
  }

  #store(event: StanzaEvent, { message, owner, other }: Side, id: string): undefined {
    const account = owner.toString()
    const judged = this.#judge(message)
    judged.texts ??= this.#textsOf(message.element)
    const { stored, text } = judged.texts
    const entry = text === undefined ? { id, with: other.bare.toString() } : { id, with: other.bare.toString(), text }
    event.store([this.#host.archive.append(ARCHIVE, account, stored, entry)])
    if (judged.isRetraction) this.#retracting(event, account, id)
  }

  /** Mostly the same message is archived for both sides, the one right after the other. */
  #judge(message: Message): Judged {
    const { element } = message
    if (this.#last?.message !== element) {
      const isRetraction = readRetraction(element) !== undefined
      this.#last = { message: element, isArchivable: isArchivable(message), isRetraction, texts: undefined }
    }
    return this.#last
  }

  #textsOf(message: Element): Texts {
    const text = this.#host.config.search ? searchText(message) : undefined
    return { stored: storedText(message), text }
  }
}
