import {
  type Client,
  type ClientError,
  type PresenceApi,
  presence as presenceExtension,
  type Roster,
  roster as rosterExtension,
} from '@parlour/client-core'
import { capsClient } from '@parlour/extensions/caps/client'
import { messageCorrectionClient } from '@parlour/extensions/message-correction/client'
import { messageRetractionClient } from '@parlour/extensions/message-retraction/client'
import { pingClient } from '@parlour/extensions/ping/client'
import { reactionsClient } from '@parlour/extensions/reactions/client'
import { repliesClient } from '@parlour/extensions/replies/client'
import { versionClientWith } from '@parlour/extensions/version/client'
import { type Jid, parseJid } from '@parlour/jid'
import { type Message, message, type Presence, type Show, type Stanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { explain } from '../commands/explain.ts'
import { timeOf } from '../commands/stanza-json.ts'
import { VERSION } from '../version.ts'
import { type Change, shortened } from './changes.ts'
import { ChatModel, PROGRAM } from './chat-model.ts'
import { CommandError } from './command-error.ts'
import type { Entry } from './conversation.ts'
import { History } from './history.ts'
import { type CommandTarget, firstWord } from './slash-command.ts'
import { SLASH_COMMANDS } from './slash-commands.ts'

/** What a chat tells the terminal that shows it. */
export interface ChatEvents {
  /** Something to be seen has changed. */
  changed(): void
  /** Somebody said something. */
  attention(): void
  quit(): void
}

/** What {@link History} shows, others may send. */
const CHANGES = [messageCorrectionClient, messageRetractionClient, reactionsClient, repliesClient] as const

const RESUMED = 'connected again: the session goes on, nothing was lost'
const ANEW = 'connected again, with a new session'

/** A client that a person uses: what arrives goes into the model, what is typed goes out. */
export class Chat implements CommandTarget {
  readonly client: Client
  readonly roster: Roster
  readonly presence: PresenceApi
  readonly model: ChatModel
  readonly history: History
  readonly #events: ChatEvents
  /** Ids of messages sent, to tell which conversation an error belongs to. */
  #sent = 0
  /** The roster and what was said before are there. */
  #isBegun = false
  /** How often they are being asked for. */
  #starting = 0

  constructor(client: Client, events: ChatEvents) {
    this.client = client
    this.#events = events
    this.roster = client.use(rosterExtension)
    this.presence = client.use(presenceExtension)
    // What others may ask of this program: that it is there, what it is, what it can do.
    client.use(pingClient)
    client.use(versionClientWith({ name: 'Parlour', version: VERSION }))
    client.use(capsClient)
    for (const extension of CHANGES) client.use<unknown>(extension)
    const { roster, presence } = this
    this.model = new ChatModel({
      get items() {
        return roster.items
      },
      get requests() {
        return presence.requests
      },
      best: (jid) => presence.best(jid),
      looked: (jid) => this.#looked(jid),
    })
    this.history = new History(client, this.model, () => this.#events.changed())
    this.#listen()
  }

  /** Loads the roster and what was said last, then becomes available. */
  async begin(): Promise<void> {
    this.model.account = this.client.jid.bare.toString()
    this.model.connection = this.client.state
    this.model.current.add(
      this.#said('note', 'Welcome. /help shows the commands; Ctrl-N and Ctrl-P change the contact.'),
    )
    await this.#start()
  }

  async #start(): Promise<void> {
    this.#starting++
    try {
      await Promise.all([this.roster.load(), this.history.begin()])
      this.#isBegun = true
    } finally {
      this.#starting--
    }
    await this.setPresence(this.model.own)
  }

  /** Takes a line that was typed: a command, or text for the contact being talked with. */
  async submit(line: string): Promise<void> {
    if (line.trim() === '') return
    try {
      this.#asRead(this.model.selected)
      if (line.startsWith('/') && !line.startsWith('//')) await this.#command(line)
      else await this.say(line.startsWith('//') ? line.slice(1) : line)
    } catch (error) {
      this.fail(error)
    }
    this.#events.changed()
  }

  /** Sends text to the contact being talked with. */
  async say(text: string): Promise<void> {
    const { model, client } = this
    const { selected, current } = model
    if (selected === PROGRAM)
      throw new CommandError('Nobody is selected: /msg <address>, or Ctrl-N for the next contact.')
    const to = current.lockedTo ?? parseJid(selected)
    const time = client.environment.now()
    const id = this.#nextId()
    const entry: Entry = { kind: 'sent', who: client.jid.local, text, time, id, messageId: id, fate: 'pending' }
    // Also while the connection is lost: it waits for the next one if the session may go on then.
    const acknowledged = client.sendAcknowledged(message({ to, type: 'chat', body: text, id }))
    model.add(selected, entry)
    current.scroll = 0
    void this.#follow(entry, acknowledged)
  }

  /** Sends something that changes what was said in the conversation being looked at. */
  change(change: Change, stanza: (id: string, to: Jid) => Element): void {
    const { model, client } = this
    const { current } = model
    const acknowledged = client.sendAcknowledged(stanza(this.#nextId(), current.lockedTo ?? parseJid(model.selected)))
    current.change(change, { kind: 'sent', who: client.jid.local, time: client.environment.now() })
    acknowledged.catch((error: unknown) => this.#unlessLost(error))
  }

  #nextId(): string {
    this.#sent++
    return `chat-${this.client.environment.now()}-${this.#sent}`
  }

  /** Shows what becomes of something that was said. */
  async #follow(entry: Entry, acknowledged: Promise<void>): Promise<void> {
    try {
      await acknowledged
      entry.fate = undefined
    } catch (error) {
      entry.fate = 'failed'
      if (this.client.state.status !== 'closed') this.fail(error)
    }
    this.#events.changed()
  }

  async setPresence(own: { show?: Show | undefined; status?: string | undefined }): Promise<void> {
    this.model.own = own
    await this.presence.send(own)
    this.#events.changed()
  }

  /** Says something in the conversation being looked at. */
  note(text: string): void {
    this.model.current.add(this.#said('note', text))
    this.#events.changed()
  }

  /** Shows that something did not succeed. */
  fail(error: unknown): void {
    const lines = error instanceof CommandError ? [error.message] : explain(error).lines
    for (const line of lines) this.model.current.add(this.#said('error', line))
    this.#events.changed()
  }

  quit(): void {
    this.#events.quit()
  }

  #said(kind: 'note' | 'error', text: string) {
    return { kind, who: '', text: shortened(text), time: this.client.environment.now() } as const
  }

  async #command(line: string): Promise<void> {
    const { word, rest } = firstWord(line)
    const command = SLASH_COMMANDS.find(({ name }) => name === word.toLowerCase())
    if (!command) throw new CommandError(`There is no command ${word}; /help shows all.`)
    await command.run(this, rest)
  }

  /** A conversation is on the screen: what was said before comes, and it counts as read. */
  #looked(jid: string): void {
    this.history.open(jid).catch((error: unknown) => this.#unlessLost(error))
    this.#asRead(jid)
  }

  #asRead(jid: string): void {
    this.history.displayed(jid).catch((error: unknown) => this.#unlessLost(error))
  }

  /** That the connection is gone is shown anyway. */
  #unlessLost(error: unknown): void {
    if (this.client.state.status === 'online') this.fail(error)
  }

  #listen(): void {
    const { client, roster, presence, model } = this
    client.stanzas((stanza) => this.#receive(stanza))
    client.onState((state) => {
      model.connection = state
      if (state.status === 'online') this.#online(state.resumed)
      if (state.status === 'waiting') model.add(PROGRAM, this.#said('error', explain(state.error).lines[0] ?? ''))
      this.#events.changed()
    })
    roster.onChange(() => this.#events.changed())
    presence.onChange(({ jid }) => {
      const conversation = model.conversations.get(jid.bare.toString())
      if (conversation) conversation.lockedTo = undefined
      this.#events.changed()
    })
    presence.onRequest(({ from, status }) => {
      const said = status ? ` It says: "${status}"` : ''
      model.add(
        PROGRAM,
        this.#said('note', `${from} asks to see your presence: /approve ${from} or /deny ${from}.${said}`),
      )
      this.#events.attention()
      this.#events.changed()
    })
  }

  #online(isResumed: boolean): void {
    this.model.add(PROGRAM, this.#said('note', isResumed ? RESUMED : ANEW))
    if (isResumed && (this.#isBegun || this.#starting > 0)) return
    const next = this.#isBegun ? this.history.missed() : this.#start()
    next.catch((error: unknown) => this.#unlessLost(error))
  }

  #receive(stanza: Stanza): void {
    if (stanza.kind === 'message') this.#message(stanza)
    else if (stanza.kind === 'presence' && stanza.type === 'error') this.#presenceError(stanza)
  }

  #message(received: Message): void {
    const { from = this.client.jid, type, error } = received
    const jid = from.bare.toString()
    if (error) {
      const time = timeOf(received, this.client.environment.now())
      this.model.add(jid, { kind: 'error', who: '', time, text: `not delivered: ${explain(error).lines[0]}` })
    } else if (this.history.heard(received)) {
      const conversation = this.model.conversations.get(jid)
      if (conversation && type === 'chat' && from.isFull) conversation.lockedTo = from
      this.#events.attention()
    }
    this.#events.changed()
  }

  #presenceError({ from, error }: Presence): void {
    const text = `${from ?? 'the server'}: ${error ? explain(error).lines[0] : 'error'}`
    this.model.add(PROGRAM, this.#said('error', text))
    this.#events.changed()
  }
}

/** Whether a chat has ended because of something worth telling. */
export function fatalError({ state }: Client): ClientError | undefined {
  return state.status === 'closed' ? state.error : undefined
}
