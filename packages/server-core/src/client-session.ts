import type { Jid } from '@parlour/jid'
import type { RoutedSession } from '@parlour/routing'
import {
  CLIENT_NAMESPACE,
  errorReply,
  type Iq,
  type Message,
  type Presence,
  readStanza,
  type Stanza,
  StanzaError,
} from '@parlour/stanza'
import type { Json, Write } from '@parlour/storage'
import { type Element, serialize } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { pingTo } from './ping-to.ts'
import { SharedCommits } from './shared-commits.ts'
import { StanzaTransaction } from './stanza-transaction.ts'
import type { ClientStream, StreamEnd, ClientSession as StreamSession } from './stream/kernel-port.ts'
import type { SessionManagement } from './stream-management/session-management.ts'
import { Uncommitted } from './uncommitted.ts'

/**
 * Takes a first-level element of an established stream that is no stanza (a "nonza": `<active/>` of XEP-0352, `<r/>` of
 * XEP-0198). A promise: what follows on that stream waits. A StreamError that it throws ends the stream.
 */
export type NonzaHandler = (session: ClientSession, element: Element) => void | Promise<void>

/** What a session hands its stanzas to. */
export interface SessionOwner {
  receiveMessage(session: ClientSession, message: Message, transaction: Transaction): void | Promise<void>
  receivePresence(session: ClientSession, presence: Presence): void | Promise<void>
  receiveIq(session: ClientSession, iq: Iq, transaction: Transaction): void | Promise<void>
  /** Applies what a stanza stores; resolves when it is durable. */
  commit(writes: readonly Write[]): Promise<void>
  /** Who takes a first-level element that is no stanza; nobody: the stream ends. */
  nonzaHandler(session: ClientSession, element: Element): NonzaHandler | undefined
  /** Its stream is over. */
  streamClosed(session: ClientSession, reason: StreamEnd): void
  /** Its stream is about to end; what is still to be said or waited for comes before `</stream>`. */
  sessionEnding(session: ClientSession): void | Promise<void>
  /** What has to be known when it is brought back after a restart is different. */
  sessionChanged(session: ClientSession): void
  /** Answers for a throw that is not a StanzaError; logs it. */
  internalError(error: unknown, stanza: Stanza): StanzaError
  /** Told of work that goes on after {@link ClientSession.receive} has returned. */
  working<Value>(work: Promise<Value>): Promise<Value>
}

type Transaction = StanzaTransaction<ClientSession>

const STANZA_NAMES = new Set(['message', 'presence', 'iq'])

/** RFC 6121 §3: presence of these types goes out in the name of the bare JID. */
const SUBSCRIPTION_TYPES = new Set(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'])

/** A client that has signed in and bound a resource: the established, hot path of its stream. */
export class ClientSession implements StreamSession, RoutedSession {
  readonly jid: Jid
  /** The bare JID as text: the key of the session directory. */
  readonly account: string
  readonly resource: string
  /** Milliseconds since 1970 at which the resource was bound. */
  readonly boundAt: number
  /** Of {@link presence}; 0 while there is none (RFC 6121 §4.7.2.3). */
  priority = 0
  /** XEP-0198, from when the client has enabled it. */
  management: SessionManagement<ClientSession> | undefined
  #stream: ClientStream
  #presence: Presence | undefined
  #isInterested = false
  readonly #remembered = new Map<string, Json>()
  readonly #owner: SessionOwner
  readonly #address: string
  readonly #language: string | undefined
  readonly #uncommitted = new Uncommitted()
  readonly #commits = new SharedCommits({
    commit: (writes) => this.#owner.commit(writes),
    over: (stanza, error) => {
      if (error !== undefined) this.answerError(stanza, error)
      this.#uncommitted.end()
    },
  })

  constructor(owner: SessionOwner, jid: Jid, stream: ClientStream, boundAt: number, language?: string) {
    this.#owner = owner
    this.jid = jid
    this.account = jid.bare.toString()
    this.resource = jid.resource
    this.#stream = stream
    this.boundAt = boundAt
    this.#address = jid.toString()
    this.#language = language
  }

  /** Its present stream; of a session that waits to be resumed, one that leads nowhere, and whose end ends the session. */
  get stream(): ClientStream {
    return this.#stream
  }

  /** Whether it has lost its connection, and waits to be resumed (XEP-0198 §5). */
  get isDetached(): boolean {
    return this.management?.isDetached ?? false
  }

  /** Its default language for what it sends (RFC 6120 §8.1.5). */
  get language(): string | undefined {
    return this.#language
  }

  /** The last presence broadcast to contacts; `undefined` until initial presence and after `unavailable`. */
  get presence(): Presence | undefined {
    return this.#presence
  }

  set presence(value: Presence | undefined) {
    this.#presence = value
    this.changed()
  }

  /** Whether the client asked for the roster, and so gets its changes (RFC 6121 §2.1.6). */
  get isInterested(): boolean {
    return this.#isInterested
  }

  set isInterested(value: boolean) {
    if (this.#isInterested === value) return
    this.#isInterested = value
    this.changed()
  }

  /** What modules remember of it; see {@link remember}. */
  get remembered(): ReadonlyMap<string, Json> {
    return this.#remembered
  }

  /** Keeps a value with the session, also if it is brought back after a restart (hook `sessionRestored`). `undefined` removes it. */
  remember(name: string, value: Json | undefined): void {
    if (value === undefined) this.#remembered.delete(name)
    else this.#remembered.set(name, value)
    this.changed()
  }

  /** Something that has to be known when it is brought back after a restart is different. */
  changed(): void {
    if (this.management) this.#owner.sessionChanged(this)
  }

  /** Between initial presence and unavailable presence (RFC 6121 §4.2, §4.5). */
  get available(): boolean {
    return this.presence !== undefined
  }

  /** Takes a first-level element of the client's stream. A promise means: later ones wait. */
  receive(element: Element): void | Promise<void> {
    if (element.namespace !== CLIENT_NAMESPACE || !STANZA_NAMES.has(element.name)) return this.#receiveNonza(element)
    const ticket = this.management?.handled.begin() ?? 0
    let stanza: Stanza
    try {
      stanza = readStanza(this.#stamp(element))
    } catch (error) {
      this.#refuse(element, error)
      return this.management?.handled.finish(ticket, false)
    }
    // What is no message may end sessions, or remove what messages before it have stored.
    if (stanza.kind !== 'message') this.#commits.commit()
    // Without XEP-0198, an answer is what tells a client that what it sent before is stored.
    if (stanza.kind === 'iq' && this.#uncommitted.count > 0 && !this.management)
      return this.#owner.working(this.#uncommitted.settled().then(() => this.#handle(stanza, ticket)))
    return this.#handle(stanza, ticket)
  }

  /** The request and its answer count as others do (XEP-0198 §4). */
  answered(result: string): void {
    const ticket = this.management?.handled.begin() ?? 0
    this.sendText(result)
    this.management?.handled.finish(ticket, false)
  }

  ending(): void | Promise<void> {
    return this.#owner.sessionEnding(this)
  }

  /** RFC 6120 §4.6.4: by XEP-0198, or by a ping (XEP-0199 §4.1), of which a refusal would be an answer too. */
  probe(): boolean {
    if (this.management) this.management.probe()
    else this.#stream.send(pingTo(this.jid))
    return this.management !== undefined
  }

  closed(reason: StreamEnd = 'lost', stream: ClientStream = this.#stream): void {
    if (stream === this.#stream) this.#owner.streamClosed(this, reason)
  }

  /** Resolves when nothing that it sent waits to be stored. */
  committed(): Promise<void> | undefined {
    return this.#uncommitted.count === 0 ? undefined : this.#uncommitted.settled()
  }

  /** Goes on with another stream, or with one that leads nowhere. */
  moveTo(stream: ClientStream): void {
    this.#stream = stream
  }

  /** Writes a stanza to the client, serialized already; if it has to survive a crash, it is stored with the transaction, and written after that. */
  deliver(stanza: Pick<Stanza, 'kind' | 'type'>, text: string, transaction: Transaction): void {
    if (this.management) {
      this.management.deliver(stanza, text, transaction)
      return
    }
    this.#stream.send(text)
    if (stanza.kind === 'message') transaction.reached.push(this)
  }

  /** Writes a stanza to the client. */
  send(element: Element): void {
    this.sendText(serialize(element, CLIENT_NAMESPACE))
  }

  /** Writes a stanza that has been serialized in the content namespace of client streams. */
  sendText(text: string): void {
    if (this.management) this.management.sendText(text)
    else this.#stream.send(text)
  }

  /** Answers a stanza of this client with the error that was thrown while it was treated. */
  answerError(stanza: Stanza, error: unknown): void {
    const stanzaError = error instanceof StanzaError ? error : this.#owner.internalError(error, stanza)
    const reply = errorReply(stanza.element, stanzaError)
    if (reply) this.send(reply)
  }

  #handle(stanza: Stanza, ticket: number): void | Promise<void> {
    const transaction = new StanzaTransaction<ClientSession>(this)
    try {
      const done = this.#dispatch(stanza, transaction)
      if (done instanceof Promise)
        return this.#owner.working(
          done
            .catch((error: unknown) => this.#fail(stanza, transaction, error))
            .then(() => this.#commit(stanza, transaction, ticket)),
        )
    } catch (error) {
      this.#fail(stanza, transaction, error)
    }
    return this.#commit(stanza, transaction, ticket)
  }

  #fail(stanza: Stanza, transaction: Transaction, error: unknown): void {
    transaction.fail(error)
    this.answerError(stanza, error)
  }

  /** The stream goes on meanwhile, so that many stanzas share one commit; unless too many wait already. */
  #commit(stanza: Stanza, transaction: Transaction, ticket: number): void | Promise<void> {
    const { management } = this
    if (transaction.endIfEmpty()) return management?.handled.finish(ticket, false)
    if (this.#uncommitted.begin()) void this.#owner.working(this.#uncommitted.settled())
    this.#commits.add({ stanza, transaction, management, ticket })
    return this.#uncommitted.room()
  }

  #receiveNonza(element: Element): void | Promise<void> {
    this.#commits.commit()
    const handler = this.#owner.nonzaHandler(this, element)
    if (!handler) return this.stream.close(new StreamError('unsupported-stanza-type')) // RFC 6120 §4.8.4, §4.9.3.24
    const done = handler(this, element)
    if (done instanceof Promise) return this.#owner.working(done)
  }

  #dispatch(stanza: Stanza, transaction: Transaction): void | Promise<void> {
    switch (stanza.kind) {
      case 'message':
        return this.#owner.receiveMessage(this, stanza, transaction)
      case 'presence':
        return this.#owner.receivePresence(this, stanza)
      case 'iq':
        return this.#owner.receiveIq(this, stanza, transaction)
    }
  }

  /** RFC 6120 §8.1.2.1: `from` is ours to say, whatever the client wrote. §8.1.5: a missing `xml:lang` is the stream's. */
  #stamp(element: Element): Element {
    const type = element.name === 'presence' ? element.attribute('type') : undefined
    const from = type !== undefined && SUBSCRIPTION_TYPES.has(type) ? this.account : this.#address
    const language = element.attribute('xml:lang') === undefined ? this.#language : undefined
    if (language !== undefined) return element.withAttributes({ from, 'xml:lang': language })
    return element.attribute('from') === from ? element : element.withAttributes({ from })
  }

  #refuse(element: Element, error: unknown): void {
    if (error instanceof StreamError) {
      this.stream.close(error)
      return
    }
    if (!(error instanceof StanzaError)) throw error
    const reply = errorReply(element.withAttributes({ from: this.#address }), error)
    if (reply) this.send(reply)
  }
}
