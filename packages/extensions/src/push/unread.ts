import type { ArchiveAccess, StanzaWrites } from '@parlour/server-core'
import type { Write } from '@parlour/storage'

/** A message that was not displayed yet. */
export interface UnreadMessage {
  /** In the account's archive, where it is archived. */
  readonly id: string
  readonly conversation: string
  /** The message's own `id`, by which markers refer to it (XEP-0333). */
  readonly messageId: string | undefined
  /** Those of its corrections (XEP-0308), by which markers may refer to it as well. */
  readonly corrections?: readonly string[]
}

type Archive = Pick<ArchiveAccess, 'append' | 'read' | 'remove' | 'replace'>

const ARCHIVE = 'unread'

/** Between the ids of a message and of its corrections, where they are stored. */
const SEPARATOR = '\n'
/** Corrections of one message that are remembered. */
const MAX_CORRECTIONS = 10

/** More than these are not counted; the oldest are forgotten. */
const MAX_UNREAD = 500

/** The messages of one account that no device has displayed, oldest first; stored with the messages themselves. */
export class Unread {
  readonly #archive: Archive
  readonly #account: string
  #messages: UnreadMessage[]

  private constructor(archive: Archive, account: string, messages: UnreadMessage[]) {
    this.#archive = archive
    this.#account = account
    this.#messages = messages
  }

  static empty(archive: Archive, account: string): Unread {
    return new Unread(archive, account, [])
  }

  static async load(archive: Archive, account: string): Promise<Unread> {
    const { entries } = await archive.read(ARCHIVE, account, { max: MAX_UNREAD, reverse: true })
    const messages = entries.map(({ id, with: conversation = '', value }) => {
      const [messageId, ...corrections] = typeof value === 'string' && value !== '' ? value.split(SEPARATOR) : []
      return { id, conversation, messageId, corrections }
    })
    return new Unread(archive, account, messages.reverse())
  }

  get count(): number {
    return this.#messages.length
  }

  /** The id of the latest one; '' when there is none. */
  get latest(): string {
    return this.#messages.at(-1)?.id ?? ''
  }

  /** How many came after the one with this id. */
  countAfter(id: string): number {
    return this.#messages.reduce((count, message) => (message.id > id ? count + 1 : count), 0)
  }

  /** False: it is counted already. What a device has missed may be older than what came since. */
  add(message: UnreadMessage, cause: StanzaWrites): boolean {
    const { id, conversation, messageId = '' } = message
    if (this.#messages.some((other) => isSame(other, message))) return false
    const before = this.#messages.findLastIndex((other) => other.id <= id)
    this.#messages.splice(before + 1, 0, message)
    cause.store([this.#archive.append(ARCHIVE, this.#account, messageId, { id, with: conversation })], (error) => {
      if (error !== undefined) this.#messages = this.#messages.filter((other) => other !== message)
    })
    const [oldest] = this.#messages.length > MAX_UNREAD ? this.#messages.splice(0, 1) : []
    if (oldest) cause.store([this.#archive.remove(ARCHIVE, this.#account, [oldest.id])])
    return true
  }

  /** A message says another one anew (XEP-0308): that one is unread still. False: it is not, or is not known. */
  corrected(conversation: string, messageId: string, correctionId: string | undefined, cause: StanzaWrites): boolean {
    const message = this.#find(conversation, messageId)
    if (!message) return false
    const corrections = [...(message.corrections ?? []), ...(correctionId === undefined ? [] : [correctionId])]
    const changed = { ...message, corrections: corrections.slice(-MAX_CORRECTIONS) }
    this.#messages = this.#messages.map((each) => (each === message ? changed : each))
    const value = [messageId, ...changed.corrections].join(SEPARATOR)
    cause.store([this.#archive.replace(ARCHIVE, this.#account, message.id, value)])
    return true
  }

  /** A message was taken back (XEP-0424): there is nothing to read. */
  retracted(conversation: string, messageId: string, cause: StanzaWrites): void {
    const message = this.#find(conversation, messageId)
    if (!message) return
    this.#messages = this.#messages.filter((each) => each !== message)
    cause.store([this.#archive.remove(ARCHIVE, this.#account, [message.id])])
  }

  /**
   * All messages of a conversation up to one were displayed: by its id in the archive, or by its own; without one, all of them.
   *
   * @returns what has to be stored, if anything changed
   */
  displayed(conversation: string, upTo?: { readonly id?: string; readonly messageId?: string }): Write | undefined {
    const own = this.#messages.filter((message) => message.conversation === conversation)
    const last = upTo ? own.findLastIndex((message) => isReached(upTo, message)) : own.length - 1
    const seen = new Set(own.slice(0, last + 1))
    if (seen.size === 0) return undefined
    this.#messages = this.#messages.filter((message) => !seen.has(message))
    return this.#archive.remove(
      ARCHIVE,
      this.#account,
      Array.from(seen, ({ id }) => id),
    )
  }

  #find(conversation: string, messageId: string): UnreadMessage | undefined {
    return this.#messages.find((each) => each.conversation === conversation && each.messageId === messageId)
  }

  /** What removes all of it. */
  clear(): Write {
    this.#messages = []
    return this.#archive.remove(ARCHIVE, this.#account, { all: true })
  }
}

/** Without an archive, nobody but the sender tells messages apart. */
function isSame(one: UnreadMessage, other: UnreadMessage): boolean {
  if (one.id === other.id) return true
  return one.messageId !== undefined && one.messageId === other.messageId && one.conversation === other.conversation
}

/** Ids of the archive are in order of time, so that a message in between, which is the account's own, counts as well. */
function isReached(
  upTo: { readonly id?: string; readonly messageId?: string },
  { id, messageId, corrections = [] }: UnreadMessage,
): boolean {
  if (upTo.id !== undefined) return id <= upTo.id
  return upTo.messageId !== undefined && [messageId, ...corrections].includes(upTo.messageId)
}
