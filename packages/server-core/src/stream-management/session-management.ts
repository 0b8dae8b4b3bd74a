import type { Stanza } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { HANDLED_COUNT_MODULUS, REQUEST_TEXT, StreamManagementSender } from '@parlour/stream-management'
import { StreamError } from '@parlour/xml-stream'
import type { StanzaTransaction } from '../stanza-transaction.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import { Backlog } from './backlog.ts'
import { HandledStanzas } from './handled-stanzas.ts'
import type { SessionPort } from './session-port.ts'
import { entryWrite, handledWrite, positionWrite, removalWrite } from './session-record.ts'
import { isDurable, type Reached, type Recipient, type Unacknowledged } from './unacknowledged.ts'

/** Milliseconds after a stanza until its acknowledgement is asked for, if nothing has asked before. */
const REQUEST_DELAY = 1000
/** The most that one commit removes. */
const MAX_REMOVED = 1000

/** How a session is found and kept. */
export interface SessionTerms {
  readonly key: string
  /** SHA-256 of the secret, in hexadecimal; `undefined`: it cannot be resumed. */
  readonly token: string | undefined
  /** Milliseconds that it waits to be resumed. */
  readonly max: number
  /** Of a session that is brought back from storage. */
  readonly h?: number
  readonly acknowledged?: number
}

/** Where a stanza's writes are added. */
type Writes = Pick<StanzaTransaction<unknown>, 'store' | 'storeLater' | 'reached'>

/** XEP-0198 of one session: what it was sent and has not acknowledged, what was handled of what it sent. It outlives its connections. */
export class SessionManagement<Session extends Recipient> {
  readonly session: Session
  readonly terms: SessionTerms
  readonly handled: HandledStanzas
  readonly #port: SessionPort
  #sender: StreamManagementSender<Unacknowledged>
  /** Of a session that was brought back and not resumed yet: the client may have counted more than is known. */
  #backlog: Backlog | undefined
  /** Where what is sent is written; `undefined` while there is no connection, or while it waits for {@link begin}. */
  #stream: ClientStream | undefined
  /** How much has to be stored before anything more is written, and what waits for that. */
  #holds = 0
  #held: string[] = []
  #cancelRequest: (() => void) | undefined
  isOver = false

  constructor(session: Session, terms: SessionTerms, port: SessionPort) {
    this.session = session
    this.terms = terms
    this.#port = port
    this.#sender = createSender(terms.acknowledged)
    this.handled = new HandledStanzas(
      {
        environment: port.environment,
        send: (text) => this.#stream?.send(text),
        commit: (h) => port.commit([handledWrite(session.account, terms.key, h)]),
      },
      terms.h,
    )
  }

  /** Whether there is no connection on which it could be sent anything. */
  get isDetached(): boolean {
    return this.#stream === undefined
  }

  /** What the client has acknowledged last. */
  get acknowledged(): number {
    return this.#sender.acknowledged
  }

  get unacknowledgedStanzas(): number {
    return this.#backlog?.items.length ?? this.#sender.unacknowledgedStanzas
  }

  /** What is sent is written from now on; first what was not acknowledged. */
  begin(stream: ClientStream): void {
    this.#stream = stream
    this.#held = []
    for (const { text } of this.#sender.retransmit()) this.#emit(text)
    if (this.#sender.request()) this.#emit(REQUEST_TEXT)
  }

  /** Nothing more is written until `stored` settles: a client must not have what would be delivered again after a crash. */
  holdUntil(stored: Promise<unknown>): void {
    this.#holds++
    const release = () => {
      this.#holds--
      if (this.#holds > 0) return
      for (const text of this.#held.splice(0)) this.#stream?.send(text)
    }
    void stored.then(release, release)
  }

  /** The connection is gone; what is sent waits. */
  detach(): void {
    this.#stream = undefined
    this.#held = []
    this.#cancelRequest?.()
    this.#cancelRequest = undefined
    this.handled.disconnected()
  }

  /** Sends what need not outlive a crash. */
  sendText(text: string): void {
    this.#send({ text, at: this.#port.environment.now(), id: undefined, position: this.#next(), reached: undefined })
  }

  /** Sends a stanza. If it matters, it is stored with what else its transaction stores. */
  deliver(stanza: Stanza, text: string, transaction: Writes): void {
    if (!isDurable(stanza)) {
      this.sendText(text)
      return
    }
    const at = this.#port.environment.now()
    const reached = stanza.kind === 'message' ? transaction.reached : undefined
    const item = { text, at, id: this.#port.nextId(at), position: this.#next(), reached }
    transaction.storeLater(() => this.entryWrite(item))
    this.#send(item)
  }

  /** Stores the count of what was handled together with what a stanza stores. */
  countIn(transaction: Writes, ticket: number): void {
    transaction.store([handledWrite(this.session.account, this.terms.key, this.handled.countWith(ticket))])
  }

  /** Takes back from storage what was not acknowledged before a restart; `reached` of each names this session too. */
  restore(items: readonly Unacknowledged[]): void {
    this.#backlog = new Backlog(items, this.terms.acknowledged ?? 0)
  }

  entryWrite(item: Unacknowledged): ReturnType<typeof entryWrite> {
    const { account } = this.session
    return entryWrite(account, this.terms.key, item, this.#othersOf(item.reached))
  }

  /** `<a/>`, or the `h` of `<resume/>`. @returns a StreamError when more is acknowledged than was sent (XEP-0198 §6) */
  acknowledge(h: number): StreamError | undefined {
    if (this.#backlog) return this.#rebase(this.#backlog, h)
    const items = this.#sender.acknowledge(h)
    if (items instanceof StreamError) return items
    this.#remove(items)
  }

  /** What waits for acknowledgement, oldest first. */
  unacknowledged(): Unacknowledged[] {
    return this.#backlog ? [...this.#backlog.items] : this.#sender.unacknowledged()
  }

  /** Nothing is sent any more. */
  close(): void {
    this.isOver = true
    this.detach()
  }

  /** The client's count is the one that holds: what it had before the restart may not have been stored. */
  #rebase(backlog: Backlog, h: number): undefined {
    this.#backlog = undefined
    this.#sender = createSender(h)
    const { handled, left } = backlog.split(h)
    this.#remove(handled)
    const { account } = this.session
    const writes: Write[] = []
    for (const item of left) {
      const moved = { ...item, position: this.#next() }
      this.#sender.sent(moved, moved.text.length)
      if (moved.id !== undefined && moved.position !== item.position)
        writes.push(positionWrite(account, this.terms.key, moved, this.#othersOf(moved.reached)))
    }
    if (writes.length > 0) void this.#port.commit(writes).catch(() => {}) // logged; the old places keep their order
    return undefined
  }

  #remove(items: readonly Unacknowledged[]): void {
    const ids = items.flatMap(({ id }) => id ?? [])
    for (let from = 0; from < ids.length; from += MAX_REMOVED) {
      const removal = removalWrite(this.session.account, ids.slice(from, from + MAX_REMOVED))
      void this.#port.commit([removal]).catch(() => {}) // logged; what stays is known by its position
    }
  }

  #next(): number {
    if (this.#backlog) return this.#backlog.next()
    return (this.#sender.sendCount + 1) % HANDLED_COUNT_MODULUS
  }

  #send(item: Unacknowledged): void {
    if (this.isOver) return
    if (this.#backlog) this.#backlog.add(item)
    else this.#write(item)
    if (this.#port.isTooMuch(this.unacknowledgedStanzas, this.#backlog?.length ?? this.#sender.unacknowledgedBytes))
      this.#port.overflowed()
  }

  #write(item: Unacknowledged): void {
    const verdict = this.#sender.sent(item, item.text.length)
    if (!this.#stream) return
    this.#emit(verdict === 'request' ? item.text + REQUEST_TEXT : item.text)
    if (verdict === 'ok' && !this.#sender.requested) this.#askLater()
  }

  #emit(text: string): void {
    if (this.#holds > 0) this.#held.push(text)
    else this.#stream?.send(text)
  }

  #askLater(): void {
    this.#cancelRequest ??= this.#port.environment.setTimer(REQUEST_DELAY, () => {
      this.#cancelRequest = undefined
      if (this.#sender.request()) this.#emit(REQUEST_TEXT)
    })
  }

  #othersOf(reached: Reached | undefined): readonly string[] {
    if (reached === undefined || reached.length < 2) return []
    const { account } = this.session
    const others: string[] = []
    for (const each of reached)
      if (each === 'elsewhere') others.push('')
      else if (each !== this.session && each.account === account) others.push(each.management?.terms.key ?? '')
    return others
  }
}

/** The bounds are looked at by the port, so that nothing is ever refused. */
function createSender(acknowledged = 0): StreamManagementSender<Unacknowledged> {
  const none = Number.MAX_SAFE_INTEGER
  return new StreamManagementSender({ maxUnacknowledgedStanzas: none, maxUnacknowledgedBytes: none, acknowledged })
}
