/** XEP-0313: Message Archive Management, version 1.1.3, with XEP-0431 and XEP-0441: the client half. */
import { type Client, ClientError, defineClientExtension, type IqOptions } from '@parlour/client-core'
import { type Jid, parseJid } from '@parlour/jid'
import { Message, StanzaError } from '@parlour/stanza'
import { type ArchiveExtent, metadataRequest, readMetadata } from '../protocol/metadata.ts'
import {
  type ArchivePreferences,
  preferencesElement,
  preferencesRequest,
  readPreferences,
} from '../protocol/preferences.ts'
import { type ArchiveFilter, queryElement } from '../protocol/query.ts'
import type { PageRequest, ResultSet } from '../protocol/result-set.ts'
import { type ArchiveResult, readArchiveResult, readPageEnd } from '../protocol/results.ts'

/** A message of an archive. */
export interface ArchivedMessage {
  /** Of the message in the archive: what `since` goes on from. */
  readonly id: string
  /** When the server received it; milliseconds since 1970. `undefined`: it does not say. */
  readonly at: number | undefined
  /** As it was; or a tombstone, where it was retracted (XEP-0424 §4). */
  readonly message: Message
}

/** Messages of an archive, the older before the newer. */
export interface ArchivePage {
  readonly messages: readonly ArchivedMessage[]
  readonly set: ResultSet
  /** Nothing follows in the direction of paging. */
  readonly isComplete: boolean
}

export interface ArchiveOptions extends IqOptions {
  /** Messages in a page; the server may give fewer. Default 50. */
  readonly pageSize?: number
}

export interface WalkOptions extends ArchiveOptions {
  /** From the newest to the oldest. */
  readonly newestFirst?: boolean
}

/** The archive of the own account; with `to`, that of a room. Everything rejects as requests do. */
export interface ArchiveApi {
  /** One page of what a filter selects. */
  page(filter?: ArchiveFilter, page?: PageRequest, options?: IqOptions): Promise<ArchivePage>
  /** All pages of what a filter selects; each is asked for when the one before has been taken. */
  pages(filter?: ArchiveFilter, options?: WalkOptions): AsyncIterableIterator<ArchivePage>
  /** All messages that a filter selects. */
  messages(filter?: ArchiveFilter, options?: WalkOptions): AsyncIterableIterator<ArchivedMessage>
  /**
   * What has come after a message, for bringing a store of one's own up to date; all there is, without one. Rejects with
   * a StanzaError `item-not-found` when the archive does not have that message any more: begin anew then.
   */
  since(id: string | undefined, options?: ArchiveOptions): AsyncIterableIterator<ArchivedMessage>
  /** Messages with these words, the newest first (XEP-0431). */
  search(text: string, options?: WalkOptions): AsyncIterableIterator<ArchivedMessage>
  /** The first and the last message; `undefined` for an empty archive (XEP-0313 §5). */
  extent(options?: IqOptions): Promise<ArchiveExtent | undefined>
  /** Which conversations are archived (XEP-0441). */
  preferences(options?: IqOptions): Promise<ArchivePreferences>
  /** What the server has made of it. */
  setPreferences(preferences: ArchivePreferences, options?: IqOptions): Promise<ArchivePreferences>
}

const PAGE_SIZE = 50

/**
 * @example
 * for await (const { message } of client.use(archiveClient).messages({ with: romeo }, { newestFirst: true })) …
 */
export const archiveClient = defineClientExtension<ArchiveApi>({
  name: 'archive',
  implements: { xep: 313, version: '1.1.3' },
  setup: (client) => new ClientArchive(client),
})

/** Messages of a page, where the server was not told how many there may be. */
const LARGEST_PAGE = 10_000

/** A query under way: whose archive it is for, and what came so far. */
interface OpenQuery {
  readonly archive: Jid
  readonly max: number
  readonly results: ArchivedMessage[]
  /** More came than were asked for. */
  isExceeded: boolean
}

class ClientArchive implements ArchiveApi {
  readonly #client: Client
  readonly #open = new Map<string, OpenQuery>()
  #count = 0

  constructor(client: Client) {
    this.#client = client
    client.stanzas((stanza) => {
      if (this.#open.size > 0 && stanza.kind === 'message') this.#take(stanza)
    })
  }

  async page(filter: ArchiveFilter = {}, page: PageRequest = {}, options: IqOptions = {}): Promise<ArchivePage> {
    const queryId = `archive-${++this.#count}`
    const { to = this.#client.jid.bare } = options
    const archive = typeof to === 'string' ? parseJid(to) : to
    const query: OpenQuery = { archive, max: page.max ?? LARGEST_PAGE, results: [], isExceeded: false }
    this.#open.set(queryId, query)
    try {
      const fin = await this.#client.iq.set(queryElement({ queryId, filter, page, isFlipped: false }), options)
      if (query.isExceeded)
        throw new ClientError('overflow', { message: 'the archive has sent more than it was asked for' })
      const end = fin ? readPageEnd(fin) : { set: {}, isComplete: true }
      return { messages: query.results, set: end.set, isComplete: end.isComplete }
    } finally {
      this.#open.delete(queryId)
    }
  }

  pages(filter: ArchiveFilter = {}, options: WalkOptions = {}): AsyncIterableIterator<ArchivePage> {
    return this.#walk(filter, options.newestFirst ? { before: '' } : {}, options)
  }

  async *messages(filter: ArchiveFilter = {}, options: WalkOptions = {}): AsyncIterableIterator<ArchivedMessage> {
    for await (const { messages } of this.pages(filter, options))
      yield* options.newestFirst ? [...messages].reverse() : messages
  }

  async *since(id: string | undefined, options: ArchiveOptions = {}): AsyncIterableIterator<ArchivedMessage> {
    for await (const { messages } of this.#walk({}, id === undefined ? {} : { after: id }, options)) yield* messages
  }

  search(text: string, options: WalkOptions = {}): AsyncIterableIterator<ArchivedMessage> {
    return this.messages({ text }, { newestFirst: true, ...options })
  }

  async extent(options: IqOptions = {}): Promise<ArchiveExtent | undefined> {
    const metadata = await this.#client.iq.get(metadataRequest(), options)
    return metadata && readMetadata(metadata)
  }

  async preferences(options: IqOptions = {}): Promise<ArchivePreferences> {
    const prefs = await this.#client.iq.get(preferencesRequest(), options)
    if (!prefs) throw new StanzaError('feature-not-implemented', 'the server does not tell its preferences')
    return readPreferences(prefs)
  }

  async setPreferences(preferences: ArchivePreferences, options: IqOptions = {}): Promise<ArchivePreferences> {
    const applied = await this.#client.iq.set(preferencesElement(preferences), options)
    return applied ? readPreferences(applied) : preferences
  }

  async *#walk(filter: ArchiveFilter, from: PageRequest, options: WalkOptions): AsyncIterableIterator<ArchivePage> {
    const { newestFirst = false, pageSize: max = PAGE_SIZE, ...request } = options
    let position: PageRequest | undefined = from
    while (position) {
      const page: ArchivePage = await this.page(filter, { max, ...position }, request)
      yield page
      position = page.isComplete ? undefined : following(page, newestFirst)
    }
  }

  /** XEP-0313 §8.2: only of who was asked, and for a query that is open. */
  #take(carrier: Message): void {
    const result = readArchiveResult(carrier)
    const query = this.#open.get(result?.queryId ?? '')
    if (!result || !query) return
    if (!(carrier.from ?? this.#client.jid.bare).equals(query.archive)) return
    if (query.results.length < query.max) query.results.push(...archivedMessage(result))
    else query.isExceeded = true
  }
}

/** None, when it has an address that is none: nobody could say who wrote it. */
function archivedMessage({ id, stanza, delay }: ArchiveResult): readonly ArchivedMessage[] {
  try {
    return [{ id, at: delay?.stamp, message: new Message(stanza) }]
  } catch (error) {
    if (error instanceof StanzaError) return []
    throw error
  }
}

/** Where the page after this one begins; a page that tells of no message is the last. */
function following({ set, messages }: ArchivePage, newestFirst: boolean): PageRequest | undefined {
  const before = set.first ?? messages[0]?.id
  const after = set.last ?? messages.at(-1)?.id
  if (newestFirst) return before === undefined ? undefined : { before }
  return after === undefined ? undefined : { after }
}
