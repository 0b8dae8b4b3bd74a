/** XEP-0424: Message Retraction, version 0.4.2: archives keep tombstones. */
import { isRetractedBy, readRetracted, readRetraction, tombstone } from '@parlour/extensions/message-retraction'
import { type ModuleHost, type ModuleStore, type StanzaEvent, timeOfArchiveId } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import type { ArchiveEntry } from '@parlour/storage'
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
    const original = request && (await this.#find(pending, request))
    if (this.#isClosed) return
    const writes = [this.#store.write(this.#host.domain, undefined, keyOf(pending))]
    if (request && original) {
      const left = tombstone(original.message, { id: request.message.id ?? '', stamp: timeOfArchiveId(pending.id) })
      writes.push(this.#host.archive.replace(ARCHIVE, pending.owner, original.id, storedText(left)))
    }
    await this.#host.commit(writes)
  }

  /** The retraction itself. */
  async #request({ owner, id }: Pending): Promise<{ message: Message; with: string | undefined } | undefined> {
    const [entry] = (await this.#host.archive.read(ARCHIVE, owner, { ids: [id], max: 1 })).entries
    return entry && { message: messageOf(entry), with: entry.with }
  }

  async #find(
    { owner, id }: Pending,
    request: { message: Message; with: string | undefined },
  ): Promise<{ id: string; message: Message['element'] } | undefined> {
    const sought = readRetraction(request.message.element)?.id ?? ''
    let before = id
    while (!this.#isClosed) {
      const page = await this.#host.archive.read(ARCHIVE, owner, {
        before,
        with: request.with,
        reverse: true,
        max: STEP,
      })
      for (const entry of page.entries) {
        // Reading a message costs more than looking whether its id may be in it.
        if (!mayHave(entry, sought)) continue
        const { element } = messageOf(entry)
        if (!readRetracted(element) && isRetractedBy(new Message(element), request.message))
          return { id: entry.id, message: element }
      }
      if (page.complete) return undefined
      before = page.entries.at(-1)?.id ?? ''
      await new Promise<void>((resolve) => this.#host.setTimer(REST, resolve))
    }
  }
}

const keyOf = ({ id, owner }: Pending): string => `${id} ${owner}`
const messageOf = ({ value }: ArchiveEntry): Message => new Message(parseStored(value as string))

/** What is escaped in XML may be written in another way. */
function mayHave({ value }: ArchiveEntry, id: string): boolean {
  return /[<>&'"\s]/.test(id) || (value as string).includes(id)
}
