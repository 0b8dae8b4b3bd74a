import { type Jid, parseJid } from '@parlour/jid'
import type {
  ClientSession,
  IqRequest,
  MessageReceivedEvent,
  MessageSentEvent,
  ModuleHost,
  StanzaEvent,
  StanzaWrites,
  SubscriptionRequest,
} from '@parlour/server-core'
import { type Message, StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { markableId, readDisplayed } from '../chat-markers/wire.ts'
import type { ClientStates } from '../client-state-indication/states.ts'
import type { DisplayedChange } from '../displayed-synchronization/states.ts'
import { readStanzaId } from '../stanza-ids/wire.ts'
import type { PushAccount } from './account.ts'
import { PushAccounts } from './accounts.ts'
import { changesUnread, rememberedId, textOf } from './changes.ts'
import type { PushConfiguration } from './configuration.ts'
import { lesserContent, type PushContent, summaryOf, withRequests } from './content.ts'
import { importanceOf, isSessionInitiation } from './important.ts'
import { Publisher } from './publisher.ts'
import { checkLengths, keyOf, registrationOf } from './registration.ts'
import type { Target, TargetParts } from './target.ts'
import { type PushSummary, readEnablePush, readPushEnd, readPushTarget } from './wire.ts'

const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'

type Host = ModuleHost<PushConfiguration>

/** Who is to be told of what, and is told. */
export class PushNotifications {
  readonly accounts: PushAccounts
  readonly #host: Host
  readonly #states: ClientStates
  readonly #publisher: Publisher

  constructor(host: Host, states: ClientStates) {
    this.#host = host
    this.#states = states
    this.#publisher = new Publisher(host)
    this.accounts = new PushAccounts(host, (account) => this.#targetParts(account))
  }

  /** What each account allows to be told. */
  readonly contents = {
    get: async (address: string): Promise<PushContent> => (await this.accounts.get(address)).content,
    set: (address: string, content: PushContent): Promise<void> => this.accounts.allow(address, content),
  }

  /** XEP-0357 §5: of each service and node one registration, with the latest options. */
  async enable({ payload, to, session }: IqRequest): Promise<undefined> {
    const enabling = readEnablePush(payload)
    const registration = registrationOf(enabling, session?.resource ?? '', this.#host.now())
    checkLengths(registration)
    const account = await this.accounts.get(to.toString())
    const { maxServices } = this.#host.config
    if (!account.targets.has(keyOf(enabling)) && account.targets.size >= maxServices)
      throw new StanzaError('resource-constraint', `at most ${maxServices} push services can be enabled`)
    await this.accounts.add(account, { ...registration, reached: account.unread.latest })
    return undefined
  }

  /** XEP-0357 §6: one node, or all of a service. What is not enabled is disabled already. */
  async disable({ payload, to }: IqRequest): Promise<undefined> {
    const { jid, node } = readPushTarget(payload)
    await this.#remove(await this.accounts.get(to.toString()), jid, node)
    return undefined
  }

  /** Answers to notifications, and a service that wants no more of them (XEP-0357 §8). */
  readonly guard = ({ stanza }: StanzaEvent): 'handled' | undefined | Promise<'handled' | undefined> => {
    if (stanza.kind === 'iq') return stanza.to?.local === '' && this.#publisher.answer(stanza) ? 'handled' : undefined
    const end = stanza.kind === 'message' ? readPushEnd(stanza.element) : undefined
    return end && stanza.to?.local ? this.#end(stanza.to, stanza.from as Jid, end.node) : undefined
  }

  /** What {@link received} needs to know is read before. */
  readonly prepare = ({ stanza }: StanzaEvent): undefined | Promise<undefined> => {
    if (!stanza.to?.local) return undefined
    if (stanza.kind === 'iq' && isSessionInitiation(stanza)) return this.#called(stanza.to, stanza.from as Jid)
    if (stanza.kind !== 'message') return undefined
    const account = this.accounts.get(stanza.to.bare.toString())
    return account instanceof Promise ? account.then(() => undefined) : undefined
  }

  readonly received = (event: MessageReceivedEvent): void => {
    const { message, sender } = event
    const account = this.accounts.cached(message.to?.bare.toString() ?? '')
    if (!account || account.targets.size === 0 || sender?.account === account.address) return
    if (message.from && changesUnread(account, message, conversationOf(message, message.from), event)) return
    if (!this.#isWorthTelling(account, message)) return
    const absent = [...account.targets.values()].filter((target) => !this.#isPresent(account, target))
    if (absent.length === 0 || !this.#count(account, message, event)) return
    const isUrgent = importanceOf(message) === 'call'
    for (const target of absent) target.notify(isUrgent)
  }

  /** RFC 6121 §3.1.3: a request is open; of it only the number is told (XEP-0357 §7). */
  readonly requested = ({ account, open }: SubscriptionRequest): void => {
    this.#tellRequests(account.toString(), open).catch((error: unknown) => {
      this.#host.log.error({ error, account: account.toString() }, 'devices could not be notified of a request')
    })
  }

  async #tellRequests(address: string, open: number): Promise<void> {
    const account = await this.accounts.get(address)
    account.requests = open
    for (const target of account.targets.values()) {
      if (this.#isPresent(account, target)) continue
      target.hasRequest = true
      target.notify(false)
    }
  }

  /** The request waits for this one device, if that is connected and lets the caller know so (RFC 6121 §8.5.3.1). */
  async #called(device: Jid, caller: Jid): Promise<undefined> {
    const session = this.#host.sessions(device).find(({ resource }) => resource === device.resource)
    if (!session || !(await this.#isKnownTo(session, caller))) return
    const account = await this.accounts.get(session.account)
    for (const target of account.targets.values()) {
      if (target.registration.resource !== session.resource || this.#isPresent(account, target)) continue
      target.isCalled = true
      target.notify(true)
    }
  }

  async #isKnownTo(session: ClientSession, contact: Jid): Promise<boolean> {
    const { subscribers, directed } = await this.#host.audience(session)
    const isTold = directed.some((told) => told.equals(contact) || told.equals(contact.bare))
    return isTold || subscribers.includes(contact.bare.toString())
  }

  /** XEP-0198: what a lost connection may not have taken any more. */
  readonly detached = (session: ClientSession, unacknowledged: () => readonly Message[]): void => {
    this.#tellMissed(session, unacknowledged).catch((error: unknown) => {
      this.#host.log.error({ error, account: session.account }, 'a device could not be notified of what it has missed')
    })
  }

  async #tellMissed(session: ClientSession, unacknowledged: () => readonly Message[]): Promise<void> {
    const account = await this.accounts.get(session.account)
    const absent = [...account.targets.values()].filter(
      (target) => target.registration.resource === session.resource && !this.#isPresent(account, target),
    )
    if (absent.length === 0) return
    const writes: Write[] = []
    const cause: StanzaWrites = { store: (more) => void writes.push(...more) }
    let isMissed = false
    for (const message of unacknowledged()) {
      const isChange = message.from && changesUnread(account, message, conversationOf(message, message.from), cause)
      if (isChange || !this.#isWorthTelling(account, message)) continue
      this.#count(account, message, cause)
      isMissed = true
    }
    if (isMissed) for (const target of absent) target.notify(false)
    if (writes.length > 0) await this.#host.commit(writes)
  }

  /** A marker, or an answer: the user has seen what came before, on this device. */
  readonly sent = (event: MessageSentEvent): void => {
    const { message, session } = event
    const account = this.accounts.cached(session.account)
    if (!account || account.unread.count === 0 || !message.to) return
    const marked = readDisplayed(message.element)
    if (marked === undefined && !importanceOf(message)) return
    const upTo = marked === undefined ? undefined : { messageId: marked }
    const write = account.unread.displayed(conversationOf(message, message.to), upTo)
    if (write) event.store([write])
  }

  displayed({ account: address, state }: DisplayedChange): void {
    const account = this.accounts.cached(address)
    if (!account || account.unread.count === 0) return
    const { id, by } = state.message
    this.#commit(account.unread.displayed(state.conversation, by === address ? { id } : { messageId: id }))
  }

  /** Its device is there: what came before has reached it, or is about to. */
  present(session: ClientSession): void {
    const account = this.accounts.cached(session.account)
    const { latest } = account?.unread ?? {}
    for (const target of account?.targets.values() ?? []) {
      const { registration } = target
      if (!account || registration.resource !== session.resource || !this.#isPresent(account, target)) continue
      // What is open is shown to every session that becomes available (RFC 6121 §3.1.3).
      target.hasRequest = false
      if (!latest || registration.reached === latest) continue
      target.registration = { ...registration, reached: latest }
      this.accounts.save(account, target.registration)
    }
  }

  close(): void {
    this.accounts.close()
    this.#publisher.close()
  }

  #targetParts(address: string): TargetParts {
    const host = this.#host
    return {
      times: host.config,
      now: () => host.now(),
      setTimer: (ms, callback) => host.setTimer(ms, callback),
      publish: (registration, summary) => this.#publisher.publish(registration, summary),
      summary: (target) => this.#summary(address, target),
      save: (target, registration) => {
        const account = this.accounts.cached(address)
        if (account && registration) this.accounts.save(account, registration)
        else if (account) this.#giveUp(account, target)
      },
    }
  }

  #summary(address: string, target: Target): PushSummary | undefined {
    const account = this.accounts.cached(address)
    if (!account || this.#isPresent(account, target)) return undefined
    const count = account.unread.countAfter(target.registration.reached ?? '')
    const content = lesserContent(this.#host.config.content, account.content)
    const { hasRequest, isCalled } = target
    if (count === 0 && !hasRequest && !isCalled) return undefined
    return withRequests(count === 0 ? {} : summaryOf(count, account.last, content), hasRequest ? account.requests : 0)
  }

  /** What somebody else wrote, if it matters. */
  #isWorthTelling({ address }: PushAccount, message: Message): boolean {
    if (message.type === 'groupchat' && !this.#host.config.rooms) return false
    return importanceOf(message) !== undefined && message.from?.bare.toString() !== address
  }

  /** False: it was counted before. */
  #count(account: PushAccount, message: Message, cause: StanzaWrites): boolean {
    const { from, to } = message as { readonly from: Jid; readonly to: Jid }
    const id = readStanzaId(message.element, to.bare)?.id ?? this.#host.archive.nextId()
    const conversation = conversationOf(message, from)
    const messageId = rememberedId(markableId(message) ?? message.id)
    const isNew = account.unread.add({ id, conversation, messageId }, cause)
    if (isNew) account.last = { sender: from.toString(), conversation, messageId, body: this.#textOf(account, message) }
    return isNew
  }

  /** What may not be told is not kept. */
  #textOf({ content }: PushAccount, message: Message): string | undefined {
    return lesserContent(this.#host.config.content, content) === 'body' ? textOf(message) : undefined
  }

  /** Whether the device that a registration is for gets messages by its stream, and looks at them. */
  #isPresent({ address }: PushAccount, { registration }: Target): boolean {
    const session = this.#host.sessions(parseJid(address)).find(({ resource }) => resource === registration.resource)
    if (!session?.available || session.isDetached) return false
    return !(this.#host.config.whenInactive && this.#states.isInactive(session))
  }

  async #end(account: Jid, service: Jid, node: string | undefined): Promise<'handled' | undefined> {
    const known = await this.accounts.get(account.bare.toString())
    return (await this.#remove(known, service, node)) ? 'handled' : undefined
  }

  async #remove(account: PushAccount, service: Jid, node: string | undefined): Promise<boolean> {
    const keys = [...account.targets].flatMap(([key, { registration }]) =>
      registration.jid === service.toString() && (node === undefined || registration.node === node) ? [key] : [],
    )
    if (keys.length > 0) await this.accounts.remove(account, keys)
    return keys.length > 0
  }

  /** XEP-0357 §7.1: the service refuses the node, or has failed for too long. */
  #giveUp(account: PushAccount, { registration }: Target): void {
    const { jid, failingSince } = registration
    this.#host.log.info(
      { account: account.address, service: jid, failingSince },
      'a push service is no longer notified',
    )
    this.accounts.remove(account, [keyOf(registration)]).catch((error: unknown) => {
      this.#host.log.error({ error, account: account.address }, 'a push registration could not be removed')
    })
  }

  #commit(write: Write | undefined): void {
    if (!write) return
    this.#host.commit([write]).catch((error: unknown) => {
      this.#host.log.error({ error }, 'unread messages could not be stored')
    })
  }
}

/** The bare JID of a contact or a room; the full one of an occupant who writes privately (XEP-0490 §4.1). */
function conversationOf({ element, type }: Message, other: Jid): string {
  const isPrivate = type !== 'groupchat' && element.child('x', ROOM_USER_NAMESPACE) !== undefined
  return (isPrivate ? other : other.bare).toString()
}
