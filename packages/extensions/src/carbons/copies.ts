import type { Jid } from '@parlour/jid'
import type { ClientSession, MessageReceivedEvent, MessageSentEvent, ModuleHost } from '@parlour/server-core'
import { Message, readStanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { sentMessageIds } from '../stanza-ids/server.ts'
import { withStanzaId } from '../stanza-ids/wire.ts'
import { AccountCopies } from './account-copies.ts'
import { isEligible } from './eligible.ts'
import { type CarbonDirection, carbonElement } from './wire.ts'

/** Which sessions get copies. All calls may be repeated (XEP-0280 §10.1). */
export interface CarbonCopies {
  enable(session: ClientSession): void
  disable(session: ClientSession): void
  isEnabled(session: ClientSession): boolean
}

/** The name under which a session remembers that it wants copies. */
const REMEMBERED = 'carbons'

type CopiesHost = Pick<ModuleHost, 'deliver' | 'find' | 'sessions'>

/** Copies messages to the sessions that asked for it; while no session of an account did, its messages cost a look-up. */
export class Copies implements CarbonCopies {
  readonly #host: CopiesHost
  /** By bare JID: only accounts with a session that wants copies. */
  readonly #accounts = new Map<string, AccountCopies>()

  constructor(host: CopiesHost) {
    this.#host = host
  }

  /** One that has ended while it waited for this gets none. */
  enable(session: ClientSession): void {
    if (!this.#host.sessions(session.jid).includes(session)) return
    let account = this.#accounts.get(session.account)
    if (!account) {
      account = new AccountCopies()
      this.#accounts.set(session.account, account)
    }
    account.sessions.add(session)
    session.remember(REMEMBERED, true)
  }

  /** A session that is brought back after a restart has what it had before. */
  restore(session: ClientSession): void {
    if (session.remembered.get(REMEMBERED) === true) this.enable(session)
  }

  disable(session: ClientSession): void {
    session.remember(REMEMBERED, undefined)
    const account = this.#accounts.get(session.account)
    if (account?.sessions.delete(session) && account.sessions.size === 0) this.#accounts.delete(session.account)
  }

  isEnabled(session: ClientSession): boolean {
    return this.#accounts.get(session.account)?.sessions.has(session) ?? false
  }

  /** XEP-0280 §8: to all clients but the sending one. What the account sends to itself is copied when it has arrived. */
  readonly sent = (event: MessageSentEvent): void => {
    const { message, session } = event
    const account = this.#accounts.get(session.account)
    if (!account || message.to?.bare.toString() === session.account) return
    if (this.#isCopied(account, message, 'sent')) this.#copy(account, event, 'sent', [session])
  }

  /** XEP-0280 §7: to all clients that have not got the message itself. */
  readonly received = (event: MessageReceivedEvent): void => {
    if (this.#accounts.size === 0) return
    const { message, sessions, sender } = event
    const owner = message.to?.bare.toString() ?? ''
    const account = this.#accounts.get(owner)
    if (!account) return
    const isOwn = sender?.account === owner
    const direction = isOwn ? 'sent' : 'received'
    if (!this.#isCopied(account, message, direction)) return
    this.#copy(account, event, direction, isOwn ? [...sessions, sender] : sessions, sessions.length === 0)
  }

  #isCopied(account: AccountCopies, message: Message, direction: CarbonDirection): boolean {
    if (!isEligible(message, direction)) return false
    if (message.type === 'error') return account.answersRemembered(message, direction)
    account.remember(message, direction)
    return true
  }

  /** @param isStored it waits for whoever becomes available next, who then needs no copy of it */
  #copy(
    account: AccountCopies,
    event: MessageSentEvent | MessageReceivedEvent,
    direction: CarbonDirection,
    except: readonly ClientSession[],
    isStored = false,
  ): void {
    let copy: Element | undefined
    for (const session of account.sessions) {
      if (except.includes(session) || (isStored && !session.available)) continue
      copy ??= carbonElement({ direction, message: this.#identified(event.message, session.jid.bare) }, session.account)
      this.#host.deliver(readStanza(copy.withAttributes({ to: session.jid.toString() })), session, event)
    }
  }

  /** What the account has sent bears its archive's id in the copies (XEP-0313 §3.5); what it has received, in any case. */
  #identified(message: Message, account: Jid): Message {
    const id = this.#host.find(sentMessageIds)?.of(message.element)
    return id === undefined ? message : new Message(withStanzaId(message.element, { id, by: account }))
  }
}
