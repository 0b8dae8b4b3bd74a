import { OFFLINE_MESSAGES } from '@parlour/portable-data'
import type { ImportOutcome, ModuleHost, PartImport, PortablePart, StanzaWrites } from '@parlour/server-core'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import { type MailboxLimits, readMailbox } from './mailbox.ts'
import type { OfflineMessages } from './offline-messages.ts'

/** The messages that wait for an account (XEP-0227 §4.5), the oldest first. */
export function offlinePart(host: ModuleHost<MailboxLimits>, messages: OfflineMessages): PortablePart {
  return {
    title: 'offline messages',
    element: OFFLINE_MESSAGES,
    isContainer: true,
    async *export(account) {
      for await (const text of readMailbox(host, account.toString())) yield parseXml(text, WRITTEN_PARSER_LIMITS)
    },
    import: (account, { isTrial }) => new OfflineImport(host, messages, account.toString(), isTrial),
  }
}

/** Puts messages behind those that are there; one that is there already, word by word, changes nothing. */
class OfflineImport implements PartImport {
  readonly #host: ModuleHost<MailboxLimits>
  readonly #messages: OfflineMessages
  readonly #owner: string
  readonly #isTrial: boolean
  /** What is stored; bounded as the mailbox is. */
  #known: Promise<Set<string>> | undefined
  readonly #commits: Promise<void>[] = []

  constructor(host: ModuleHost<MailboxLimits>, messages: OfflineMessages, owner: string, isTrial: boolean) {
    this.#host = host
    this.#messages = messages
    this.#owner = owner
    this.#isTrial = isTrial
  }

  async take(message: Element): Promise<ImportOutcome> {
    if (!message.is('message', CLIENT_NAMESPACE)) return { result: 'refused', reason: 'something that is no message' }
    this.#known ??= this.#load()
    const known = await this.#known
    const text = (message.attribute('to') ? message : message.withAttributes({ to: this.#owner })).toString()
    if (known.has(text)) return 'unchanged'
    const hasRoom = this.#isTrial
      ? known.size < this.#host.config.maxMessages
      : await this.#messages.add(this.#owner, text, this.#writes)
    if (!hasRoom) return { result: 'refused', reason: 'there is no room for more' }
    known.add(text)
    return 'added'
  }

  async finish(): Promise<void> {
    await Promise.all(this.#commits)
  }

  async #load(): Promise<Set<string>> {
    const known = new Set<string>()
    for await (const text of readMailbox(this.#host, this.#owner)) known.add(text)
    return known
  }

  readonly #writes: StanzaWrites = {
    store: (writes, settled) => {
      const committed = this.#host.commit(writes)
      void committed.then(
        () => settled?.(),
        (error: unknown) => settled?.(error),
      )
      this.#commits.push(committed)
    },
  }
}
