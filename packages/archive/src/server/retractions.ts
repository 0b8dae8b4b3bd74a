/** XEP-0424: Message Retraction, version 0.4.2: archives keep tombstones. */
import {
  isCorrectionRetractedBy,
  isRetractedBy,
  readRetracted,
  readRetraction,
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

/** A retraction that is archived, and whose message is still to be found. */
interface Pending {
  readonly owner: string
  /** Of the retraction in the archive. */
  readonly id: string
}

/** A retraction as it is archived. */
interface Request {
  readonly message: Message
  /** The conversation. */
  readonly with: string | undefined
  /** The `id` of the message that is retracted. */
  readonly sought: string
}

/**
 * Replaces retracted messages by tombstones, one retraction after the other: from the retraction back through the
 * conversation. What is to be done is stored with the retraction itself, so that a server that was stopped does it later.
 */
export class Retractions {
  readonly #host: ModuleHost<ArchiveConfiguration>
  readonly #store: ModuleStore
  #last: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(host: ModuleHost<ArchiveConfiguration>) {
    this.#host = host
    this.#store = host.store('retractions')
  }

  /** What an earlier process left to do. */
  async resume(): Promise<void> {
    for (const key of (await this.#store.list(this.#host.domain)).keys()) {
      const [id = '', owner = ''] = key.split(' ')
      this.#queue({ owner, id })
    }
  }

  /** A retraction is being archived: what it retracts is replaced as soon as that is durable. */
  readonly archived = (event: StanzaEvent, owner: string, id: string): void => {
    const pending = { owner, id }
    event.store([this.#store.write(this.#host.domain, true, keyOf(pending))], (error) => {
      if (error === undefined) this.#queue(pending)
    })
  }

  close(): void {
    this.#isClosed = true
  }

  #queue(pending: Pending): void {
    this.#last = this.#last
      .then(() => this.#retract(pending))
      .catch((error: unknown) =>
        this.#host.log.error({ error }, 'a message could not be retracted; tried again at the next start'),
      )
  }

  async #retract(pending: Pending): Promise<void> {
    if (this.#isClosed) return
    const request = await this.#request(pending)
    const writes = request ? await this.#findAll(pending, request) : []
    if (this.#isClosed) return
    await this.#host.commit([...writes, this.#store.write(this.#host.domain, undefined, keyOf(pending))])
  }

  /** The retraction itself. */
  async #request({ owner, id }: Pending): Promise<Request | undefined> {
    const [entry] = (await this.#host.archive.read(ARCHIVE, owner, { ids: [id], max: 1 })).entries
    if (!entry) return undefined
    const message = messageOf(entry)
    return { message, with: entry.with, sought: readRetraction(message.element)?.id ?? '' }
  }

  /** Looks for the message, and what it was corrected to since. @returns what is still to be stored for the tombstones */
  async #findAll(pending: Pending, request: Request): Promise<Write[]> {
    const { owner } = pending
    let before = pending.id
    while (!this.#isClosed) {
      const query = { before, with: request.with, reverse: true, max: STEP }
      const page = await this.#host.archive.read(ARCHIVE, owner, query)
      const { writes, isFound } = this.#replacements(pending, request, page.entries)
      if (isFound || page.complete) return writes
      if (writes.length > 0) await this.#host.commit(writes)
      before = page.entries.at(-1)?.id ?? ''
      await new Promise<void>((resolve) => this.#host.setTimer(REST, resolve))
    }
    return []
  }

  /** From the newest to the message itself: it was sent before its corrections. */
  #replacements({ owner, id }: Pending, { message, sought }: Request, entries: readonly ArchiveEntry[]) {
    const writes: Write[] = []
    for (const entry of entries) {
      // Reading a message costs more than looking whether its id may be in it.
      if (!mayHave(entry, sought)) continue
      const candidate = messageOf(entry)
      const isFound = isRetractedBy(candidate, message)
      if (readRetracted(candidate.element) || !(isFound || isCorrectionRetractedBy(candidate, message))) continue
      const left = tombstone(candidate.element, { id: message.id ?? '', stamp: timeOfArchiveId(id) })
      writes.push(this.#host.archive.replace(ARCHIVE, owner, entry.id, storedText(left)))
      if (isFound) return { writes, isFound }
    }
    return { writes, isFound: false }
  }
}

const keyOf = ({ id, owner }: Pending): string => `${id} ${owner}`
const messageOf = ({ value }: ArchiveEntry): Message => new Message(parseStored(value as string))

/** What is escaped in XML may be written in another way. */
function mayHave({ value }: ArchiveEntry, id: string): boolean {
  return /[<>&'"\s]/.test(id) || (value as string).includes(id)
}
