import type { Stanza } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import { HANDLED_COUNT_MODULUS, REQUEST_TEXT } from '@parlour/stream-management'
import { StreamError } from '@parlour/xml-stream'
import type { LaterWrite } from '../later-write.ts'
import type { StanzaTransaction } from '../stanza-transaction.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import { AnswerDeadline } from './answer-deadline.ts'
import { Backlog } from './backlog.ts'
import { HandledStanzas } from './handled-stanzas.ts'
import { createSender } from './sender.ts'
import type { SessionPort } from './session-port.ts'
import { entryWrite, handledWrite, removalWrite, replacementWrite } from './session-record.ts'
import { isDurable, type Queue, QueuedStanza, type Recipient, type Unacknowledged } from './unacknowledged.ts'

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
type Writes = Pick<StanzaTransaction<unknown>, 'store' | 'storeLater' | 'reached' | 'former' | 'takePlace'>

/** XEP-0198 of one session: what it was sent and has not acknowledged, what was handled of what it sent. It outlives its connections. */
export class SessionManagement<Session extends Recipient> implements Queue {
  readonly session: Session
  readonly terms: SessionTerms
  readonly handled: HandledStanzas
  readonly #port: SessionPort
  #sender: ReturnType<typeof createSender>
  /** Of a session that was brought back and not resumed yet: the client may have counted more than is known. */
  #backlog: Backlog | undefined
  /** Where what is sent is written; `undefined` while there is no connection, or while it waits for {@link begin}. */
  #stream: ClientStream | undefined
  /** What is to be written when it, and all that is before it, is stored. */
  #waiting: QueuedStanza[] = []
  /** The last removal of what was acknowledged, while it is under way. */
  #removing: Promise<void> | undefined
  /** Of entries that could not be removed when they were acknowledged: they go with the next ones. */
  #unremoved: string[] = []
  #cancelRequest: (() => void) | undefined
  readonly #deadline: AnswerDeadline
  isOver = false
  /** What stores that there is such a session, while that is not known to be stored: each entry of the queue takes it along. */
  record: LaterWrite | undefined
  /** What it had not acknowledged when it ended has gone elsewhere, as far as it could. */
  isLeft = false

  constructor(session: Session, terms: SessionTerms, port: SessionPort) {
    this.session = session
    this.terms = terms
    this.#port = port
    this.#sender = createSender(terms.acknowledged)
    this.#deadline = new AnswerDeadline(port.environment, port.answerTimeout, () => this.#stream?.destroy())
    this.handled = new HandledStanzas(
      {
        environment: port.environment,
        send: (text) => this.#stream?.send(text),
        commit: async (h) => {
          if (this.isOver) return
          port.commitChanges()
          return port.commit([handledWrite(session.account, terms.key, h)])
        },
      },
      terms.h,
    )
  }

  get account(): string {
    return this.session.account
  }

  get key(): string {
    return this.terms.key
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

  /** In UTF-16 units. */
  get unacknowledgedLength(): number {
    return this.#backlog?.length ?? this.#sender.unacknowledgedBytes
  }

  /** What is sent is written from now on; first what was not acknowledged. */
  begin(stream: ClientStream): void {
    this.#stream = stream
    this.#waiting = this.#sender.retransmit()
    for (const item of this.#waiting) item.asks = false
    this.#writeStored()
    if (this.#sender.request()) this.#ask()
  }

  /** The connection is gone; what is sent waits. */
  detach(): void {
    this.#stream = undefined
    this.#waiting = []
    this.#cancelRequest?.()
    this.#cancelRequest = undefined
    this.#deadline.end()
    this.handled.disconnected()
  }

  /** Sends what need not outlive a crash. */
  sendText(text: string): void {
    const at = this.#port.environment.now()
    this.#send(new QueuedStanza(this, { text, at, id: undefined, position: this.#next(), reached: undefined }))
  }

  /** Sends a stanza. If it matters, it is stored with what else its transaction stores, and written after that. */
  deliver(stanza: Pick<Stanza, 'kind' | 'type'>, text: string, transaction: Writes): void {
    if (!isDurable(stanza)) {
      this.sendText(text)
      return
    }
    // Nobody takes what would enter the queue now elsewhere: what was handed over stays where it is kept.
    if (this.isOver) return
    const now = this.#port.environment.now()
    const at = transaction.former?.at ?? now
    const reached = stanza.kind === 'message' ? transaction.reached : undefined
    const id = transaction.takePlace() ?? this.#port.nextId(now)
    const item = new QueuedStanza(this, { text, at, id, position: this.#next(), reached })
    reached?.push(item)
    if (this.record) transaction.storeLater(this.record)
    transaction.storeLater(item.storing())
    this.#send(item)
  }

  /** The count of what was handled, to be stored together with what the stanza stores that has this ticket. */
  countWrite(ticket: number): Write | undefined {
    // Of a session that is over nobody asks any more, and nobody would remove it.
    if (this.isOver) return undefined
    this.#port.commitChanges()
    return handledWrite(this.session.account, this.terms.key, this.handled.countWith(ticket))
  }

  /** Takes back from storage what was not acknowledged before a restart. */
  restore(items: readonly QueuedStanza[]): void {
    this.#backlog = new Backlog(items, this.terms.acknowledged ?? 0)
  }

  entryWrite(item: QueuedStanza): ReturnType<typeof entryWrite> {
    return entryWrite(this.account, this.key, item)
  }

  ready(item: QueuedStanza): void {
    if (this.#waiting[0] === item) this.#writeStored()
  }

  /** Writes what a client that is there answers. */
  probe(): void {
    this.#stream?.send(REQUEST_TEXT)
    this.#deadline.asked()
  }

  /** `<a/>`, or the `h` of `<resume/>`. @returns a StreamError when more is acknowledged than was sent (XEP-0198 §6) */
  acknowledge(h: number): StreamError | undefined {
    this.#deadline.answered()
    if (this.#backlog) return this.#rebase(this.#backlog, h)
    const items = this.#sender.acknowledge(h)
    if (items instanceof StreamError) return items
    this.#remove(items)
  }

  /** Ids of entries that are acknowledged, and could not be removed yet. */
  get unremoved(): readonly string[] {
    return this.#unremoved
  }

  /** What waits for acknowledgement, oldest first. */
  unacknowledged(): QueuedStanza[] {
    return this.#backlog ? [...this.#backlog.items] : this.#sender.unacknowledged()
  }

  /**
   * The stream is about to end: {@link HandledStanzas.tellLast}. What the client has acknowledged is forgotten before: it
   * takes the end for an answer to that, and does not come back to say it again.
   */
  tellLast(): void | Promise<void> {
    const told = this.handled.tellLast()
    return this.#removing ? Promise.all([told, this.#removing]).then(() => {}) : told
  }

  /** Nothing is sent any more. */
  close(): void {
    this.isOver = true
    this.detach()
  }

  /** The client's count is the one that holds. What it has not got is written once its new place in the count is stored. */
  #rebase(backlog: Backlog, h: number): undefined {
    this.#backlog = undefined
    this.#sender = createSender(h)
    const { handled, left } = backlog.split(h)
    this.#remove(handled)
    const moved: QueuedStanza[] = []
    for (const item of left) {
      const position = this.#next()
      if (item.id !== undefined && item.position !== position) moved.push(item.storing())
      item.position = position
      this.#sender.sent(item, item.text.length)
    }
    const settle = () => {
      for (const item of moved) item.settled()
    }
    // A failure is logged; the old places keep their order.
    if (moved.length > 0) void this.#port.commit(moved.map(replacementWrite)).then(settle, settle)
    return undefined
  }

  #remove(items: readonly Unacknowledged[]): void {
    const ids = this.#unremoved
    this.#unremoved = []
    for (const { id } of items) if (id !== undefined) ids.push(id)
    for (let from = 0; from < ids.length; from += MAX_REMOVED) {
      const batch = ids.length <= MAX_REMOVED ? ids : ids.slice(from, from + MAX_REMOVED)
      const over = () => {
        if (this.#removing === removing) this.#removing = undefined
      }
      // A failure is logged; what is too much to be remembered is known by its position.
      const failed = () => {
        if (this.#unremoved.length < MAX_REMOVED) this.#unremoved.push(...batch)
        over()
      }
      const removing = this.#port.commit([removalWrite(this.account, batch)]).then(over, failed)
      this.#removing = removing
    }
  }

  #next(): number {
    if (this.#backlog) return this.#backlog.next()
    return (this.#sender.sendCount + 1) % HANDLED_COUNT_MODULUS
  }

  #send(item: QueuedStanza): void {
    if (this.isOver) return
    if (this.#backlog) this.#backlog.add(item)
    else this.#write(item)
    if (this.#port.isTooMuch(this.unacknowledgedStanzas, this.unacknowledgedLength)) this.#port.overflowed()
  }

  #write(item: QueuedStanza): void {
    const verdict = this.#sender.sent(item, item.text.length)
    if (!this.#stream) return
    item.asks = verdict === 'request'
    if (this.#waiting.length > 0 || !item.isStored) this.#waiting.push(item)
    else this.#emit(item)
    if (verdict === 'ok' && !this.#sender.requested) this.#askLater()
  }

  #writeStored(): void {
    for (let item = this.#waiting[0]; item?.isStored; item = this.#waiting[0]) {
      this.#waiting.shift()
      this.#emit(item)
    }
  }

  #emit({ text, asks }: QueuedStanza): void {
    this.#stream?.send(asks ? text + REQUEST_TEXT : text)
    if (asks) this.#deadline.asked()
  }

  /** Behind all that is to be written before. */
  #ask(): void {
    const last = this.#waiting.at(-1)
    if (last) last.asks = true
    else this.probe()
  }

  #askLater(): void {
    this.#cancelRequest ??= this.#port.environment.setTimer(REQUEST_DELAY, () => {
      this.#cancelRequest = undefined
      if (this.#sender.request()) this.#ask()
    })
  }
}
