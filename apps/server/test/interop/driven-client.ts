import { Child } from '../support/child.ts'
import { withTimeLimit } from '../support/waiting.ts'
import type {
  ArchivedBodies,
  ArchiveQuestion,
  CarbonEvent,
  DeviceEntry,
  InteropClient,
  MessageErrorEvent,
  MessageEvent,
  PresenceEvent,
  ReceiptEvent,
  RosterItem,
  SignedIn,
  SignIn,
} from './client.ts'

type Event = { readonly event: string } & Readonly<Record<string, unknown>>

/** How long an answer or an event may take, in ms: on a busy machine, to start a client alone takes a third of that. */
const LIMIT = 45_000

/** A client in a process that speaks lines of JSON: requests with `do`, answers, events. */
export class DrivenClient implements Required<Omit<InteropClient, 'registers'>> {
  readonly product: string
  jid = ''
  readonly #child: Child
  readonly #answers = new Map<number, (answer: { result?: unknown; error?: string }) => void>()
  readonly #events: Event[] = []
  readonly #waiting = new Set<() => void>()
  #nextId = 1

  constructor(product: string, command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.product = product
    this.#child = new Child(command, args, { env: { ...process.env, ...environment } })
    this.#child.onLine((line) => this.#read(line))
    void this.#child.exited.then((code) => {
      for (const answer of this.#answers.values()) answer({ error: `the client ended with ${code}` })
    })
  }

  async signIn(how: SignIn): Promise<SignedIn> {
    return this.#signedIn(this.#call<SignedIn>('connect', { ...how }))
  }

  signInAgain = () => this.#signedIn(this.#call<SignedIn>('connect-again'))

  async #signedIn(signingIn: Promise<SignedIn>): Promise<SignedIn> {
    const signedIn = await signingIn
    this.jid = signedIn.jid
    return signedIn
  }

  async close(): Promise<void> {
    if (this.#child.running) await this.#call('close').catch((error) => this.#child.transcript.push(`! ${error}`))
    await this.#child.end()
  }

  transcript(): string {
    return this.#child.transcript.join('\n')
  }

  message(fits: (message: MessageEvent) => boolean, limit?: number): Promise<MessageEvent> {
    return this.#event('message', fits, limit)
  }
  messageError(fits: (error: MessageErrorEvent) => boolean, limit?: number): Promise<MessageErrorEvent> {
    return this.#event('message-error', fits, limit)
  }
  presenceFrom(fits: (presence: PresenceEvent) => boolean): Promise<PresenceEvent> {
    return this.#event('presence', fits)
  }
  rosterPush(fits: (item: RosterItem) => boolean): Promise<RosterItem> {
    return this.#event('roster-push', fits)
  }
  carbon(fits: (carbon: CarbonEvent) => boolean): Promise<CarbonEvent> {
    return this.#event('carbon', fits)
  }
  receipt(fits: (receipt: ReceiptEvent) => boolean): Promise<ReceiptEvent> {
    return this.#event('receipt', fits)
  }
  async closed(): Promise<void> {
    await this.#event('closed', () => true)
  }
  async streamError(): Promise<string> {
    return (await this.#event<{ condition: string }>('stream-error', () => true)).condition
  }

  /** @param from only components have a choice */
  send = (to: string, body: string, from?: string) => this.#call<void>('message', { to, body, from })
  presence = (presence: object = {}) => this.#call<void>('presence', { ...presence })
  roster = () => this.#call<RosterItem[]>('roster-get')
  setRosterItem = (jid: string, name: string, groups: readonly string[]) =>
    this.#call<void>('roster-set', { jid, name, groups })
  removeRosterItem = (jid: string) => this.#call<void>('roster-remove', { jid })
  disco = (to: string) => this.#call<{ features: string[]; identities: string[][] }>('disco', { to })
  discoItems = (to: string) => this.#call<string[]>('disco-items', { to })
  ping = (to: string) => this.#call<void>('ping', { to })
  setVcard = (fullName: string) => this.#call<void>('vcard-set', { fullName })
  vcard = (to: string) => this.#call<{ fullName: string }>('vcard-get', { to })
  lastActivity = (to: string) => this.#call<{ seconds: number }>('last-activity', { to })
  version = (to: string) => this.#call<{ name: string }>('version', { to })
  time = (to: string) => this.#call<{ utc: string }>('time', { to })
  setPrivate = (text: string) => this.#call<void>('private-set', { text })
  getPrivate = () => this.#call<{ text: string }>('private-get')
  cut = () => this.#call<void>('cut')
  sendWhenBack = (to: string, body: string) => this.#call<{ resumed: boolean }>('message-when-back', { to, body })
  sendWithReceipt = (to: string, body: string, messageId: string) =>
    this.#call<void>('message-with-receipt', { to, body, messageId }).then(() => messageId)
  block = (jid: string) => this.#call<void>('block', { jid })
  unblock = (jid: string) => this.#call<void>('unblock', { jid })
  blocked = () => this.#call<string[]>('blocked')
  clientState = (state: 'active' | 'inactive') => this.#call<void>('client-state', { state })
  devices = () => this.#call<DeviceEntry[]>('devices')
  revoke = (device: string) => this.#call<'revoked' | 'password-reset-required'>('revoke', { device })
  archive = (question: ArchiveQuestion) => this.#call<ArchivedBodies>('archive', question)
  history = async (other: string) => (await this.archive({ with: other, max: 50 })).messages.map(({ body }) => body)
  enableCarbons = () => this.#call<void>('carbons')
  changePassword = (username: string, password: string) => this.#call<void>('change-password', { username, password })

  #call<T>(name: string, parameters: object = {}): Promise<T> {
    const id = this.#nextId++
    const answered = new Promise<T>((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) => {
        this.#answers.delete(id)
        if (error === undefined) resolve(result as T)
        else reject(new Error(`${this.product} ${name}: ${error}`))
      })
    })
    this.#child.write(JSON.stringify({ id, do: name, ...parameters }))
    return withTimeLimit(answered, LIMIT, `${this.product}: answer to ${name}`)
  }

  #read(line: string): void {
    const read = JSON.parse(line)
    if (read.id !== undefined) {
      this.#answers.get(read.id)?.(read)
      return
    }
    this.#events.push(read)
    for (const look of [...this.#waiting]) look()
  }

  async #event<T extends object>(name: string, fits: (event: T) => boolean, limit = LIMIT): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const look = () => {
      const at = this.#events.findIndex((event) => event.event === name && fits(event as object as T))
      if (at < 0) return
      this.#waiting.delete(look)
      resolve(this.#events.splice(at, 1)[0] as object as T)
    }
    this.#waiting.add(look)
    look()
    try {
      return await withTimeLimit(promise, limit, `${this.product}: ${name} that fits ${fits}`)
    } finally {
      this.#waiting.delete(look)
    }
  }
}
