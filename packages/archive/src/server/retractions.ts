/** XEP-0424: Message Retraction, version 0.4.2: archives keep tombstones. */
import {
  isCorrectionRetractedBy,
  isRetractedBy,
  mayBeRetractedBy,
  readRetracted,
  tombstone,
} from '@parlour/extensions/message-retraction'
import { type ModuleHost, type ModuleStore, type StanzaEvent, timeOfArchiveId } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import type { ArchiveEntry, Write } from '@parlour/storage'
import type { ArchiveConfiguration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'
import { storedText } from './message-text.ts'
import { parseStored } from './stored-message.ts'

/** Messages of a conversation that are looked through in one step, and milliseconds until the next. */
const STEP = 200
const REST = 5
/** Of one account, in memory: what is more is read from the storage when these are done. */
const MAX_PENDING = 1000

/** A retraction that is archived, and whose message is still to be found. */
interface Pending {
  readonly owner: string
  /** Of the retraction in the archive. */
  readonly id: string
  /** Read when it is its turn. */
  request?: Request | undefined
  /** All from this id on has been looked through. */
  before: string
}

/** A retraction as it is archived. */
interface Request {
  readonly message: Message
  /** The conversation. */
  readonly with: string | undefined
}

/**
 * Replaces retracted messages by tombstones: from the retraction back through the conversation, step by step. The accounts take
 * turns, so that who looks for what is far back, or nowhere, keeps nobody waiting. What is to be done is stored with
 * the retraction itself, so that a server that was stopped does it later.
 */
export class Retractions {
  readonly #host: ModuleHost<ArchiveConfiguration>
  readonly #store: ModuleStore
  /** By account, in the order in which they have their turns. */
  readonly #pending = new Map<string, Pending[]>()
  /** Accounts of which there is more in the storage. */
  readonly #more = new Set<string>()
  #isAtWork = false
  #isClosed = false

  constructor(host: ModuleHost<ArchiveConfiguration>) {
    this.#host = host
    this.#store = host.store('retractions')
  }

  /** What an earlier process left to do. */
  async resume(): Promise<void> {
    for (const key of (await this.#store.list(this.#host.domain)).keys()) {
      const [id = '', owner = ''] = key.split(' ')
      this.#add(owner, id)
    }
  }

  /** How many of an account are in memory. */
  pendingOf(owner: string): number {
    return this.#pending.get(owner)?.length ?? 0
  }

  /** A retraction is being archived: what it retracts is replaced as soon as that is durable. */
  readonly archived = (event: StanzaEvent, owner: string, id: string): void => {
    event.store([this.#store.write(this.#host.domain, true, keyOf({ owner, id }))], (error) => {
      if (error === undefined) this.#add(owner, id)
    })
  }

  close(): void {
    this.#isClosed = true
  }

  #add(owner: string, id: string): void {
    const pending = { owner, id, before: id }
    const others = this.#pending.get(owner)
    if (others && others.length >= MAX_PENDING) this.#more.add(owner)
    else if (others) others.push(pending)
    else this.#pending.set(owner, [pending])
    if (!this.#isAtWork) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isAtWork = true
    for (const [owner, queue] of this.#pending) {
      const isDone = await this.#step(queue[0] as Pending)
      if (this.#isClosed) return
      if (isDone) queue.shift()
      this.#pending.delete(owner)
      if (queue.length > 0) this.#pending.set(owner, queue)
      else if (this.#more.delete(owner)) await this.#readMore(owner)
      if (!isDone) await new Promise<void>((resolve) => this.#host.setTimer(REST, resolve))
    }
    this.#isAtWork = false
  }

  async #readMore(owner: string): Promise<void> {
    try {
      for (const key of (await this.#store.list(this.#host.domain)).keys()) {
        const [id = '', account] = key.split(' ')
        if (account === owner) this.#add(owner, id)
      }
    } catch (error) {
      this.#host.log.error(
        { error },
        'retractions could not be read; tried again with the next one, or at the next start',
      )
      this.#more.add(owner)
    }
  }

  /** Looks a step further back. @returns whether there is nothing more to do */
  async #step(pending: Pending): Promise<boolean> {
    try {
      pending.request ??= await this.#request(pending)
      const { writes, isDone } = pending.request
        ? await this.#lookBack(pending, pending.request)
        : { writes: [], isDone: true }
      const done = isDone ? [this.#store.write(this.#host.domain, undefined, keyOf(pending))] : []
      if (!this.#isClosed && writes.length + done.length > 0) await this.#host.commit([...writes, ...done])
      return isDone
    } catch (error) {
      this.#host.log.error({ error }, 'a message could not be retracted; tried again at the next start')
      // It is still in the storage, and would be read again and again.
      this.#more.delete(pending.owner)
      return true
    }
  }

  /** The retraction itself. */
  async #request({ owner, id }: Pending): Promise<Request | undefined> {
    const [entry] = (await this.#host.archive.read(ARCHIVE, owner, { ids: [id], max: 1 })).entries
    return entry && { message: messageOf(entry), with: entry.with }
  }

  /** Looks for the message, and what it was corrected to since: it was sent before its corrections. */
  async #lookBack(pending: Pending, request: Request): Promise<{ writes: Write[]; isDone: boolean }> {
    const { owner, before } = pending
    const query = { before, with: request.with, reverse: true, max: STEP }
    const { entries, complete } = await this.#host.archive.read(ARCHIVE, owner, query)
    pending.before = entries.at(-1)?.id ?? ''
    const writes: Write[] = []
    for (const entry of entries) {
      const verdict = this.#judge(pending, request.message, entry)
      if (verdict.write) writes.push(verdict.write)
      if (verdict.isFound) return { writes, isDone: true }
    }
    return { writes, isDone: complete }
  }

  #judge({ owner, id }: Pending, request: Message, entry: ArchiveEntry): { write?: Write; isFound: boolean } {
    if (!mayBeRetractedBy(entry.value as string, request)) return { isFound: false }
    const candidate = messageOf(entry)
    const isFound = isRetractedBy(candidate, request)
    if (readRetracted(candidate.element) || !(isFound || isCorrectionRetractedBy(candidate, request)))
      return { isFound: false }
    const left = tombstone(candidate.element, { id: request.id ?? '', stamp: timeOfArchiveId(id) })
    return { write: this.#host.archive.replace(ARCHIVE, owner, entry.id, storedText(left)), isFound }
  }
}

const keyOf = ({ id, owner }: Pick<Pending, 'id' | 'owner'>): string => `${id} ${owner}`
const messageOf = ({ value }: ArchiveEntry): Message => new Message(parseStored(value as string))
