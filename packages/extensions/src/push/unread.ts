import type { ArchiveAccess, StanzaWrites } from '@parlour/server-core'
import type { Write } from '@parlour/storage'

/** A message that was not displayed yet. */
export interface UnreadMessage {
  /** In the account's archive, where it is archived. */
  readonly id: string
  readonly conversation: string
  /** The message's own `id`, by which markers refer to it (XEP-0333). */
  readonly messageId: string | undefined
}

type Archive = Pick<ArchiveAccess, 'append' | 'read' | 'remove'>

const ARCHIVE = 'unread'

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
      const messageId = typeof value === 'string' && value !== '' ? value : undefined
      return { id, conversation, messageId }
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

  /**
   * All messages of a conversation up to one were displayed: by its id in the archive, or by its own; without one, all of them.
   *
   * @returns what has to be stored, if anything changed
   */
  displayed(conversation: string, upTo?: { readonly id?: string; readonly messageId?: string }): Write | undefined {
    const own = this.#messages.filter((message) => message.conversation === conversation)
    const last = upTo ? own.findLastIndex(({ id, messageId }) => isReached(upTo, id, messageId)) : own.length - 1
    const seen = new Set(own.slice(0, last + 1))
    if (seen.size === 0) return undefined
    this.#messages = this.#messages.filter((message) => !seen.has(message))
    return this.#archive.remove(
      ARCHIVE,
      this.#account,
      Array.from(seen, ({ id }) => id),
    )
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
  id: string,
  messageId?: string,
): boolean {
  return upTo.id === undefined ? messageId !== undefined && upTo.messageId === messageId : id <= upTo.id
}
