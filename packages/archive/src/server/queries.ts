import type { ClientSession, IqRequest, ModuleHost } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { ArchiveEntry } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import { metadataElement } from '../protocol/metadata.ts'
import { readQuery } from '../protocol/query.ts'
import { pageEndElement } from '../protocol/results.ts'
import type { CatchUp } from './catch-up.ts'
import type { ArchiveConfiguration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'
import { type ResultFrame, resultFrame, resultText } from './message-text.ts'
import { readPage } from './page-reader.ts'
import type { UnderWay } from './under-way.ts'

/** Results that are written before others have their turn. */
const BURST = 50
/** Bytes that wait for the client before more is written to it. */
const MAX_UNSENT_BYTES = 262_144
/** Milliseconds between two looks at whether the client has taken what was written. */
const SHORTEST_WAIT = 2
const LONGEST_WAIT = 1000

/** Answers queries of archives. The stream of who asks waits meanwhile, so that each has one query at a time. */
export class Queries {
  readonly #host: ModuleHost<ArchiveConfiguration>
  readonly #catchUp: CatchUp
  readonly #underWay: UnderWay

  constructor(host: ModuleHost<ArchiveConfiguration>, catchUp: CatchUp, underWay: UnderWay) {
    this.#host = host
    this.#catchUp = catchUp
    this.#underWay = underWay
  }

  /** XEP-0313 §4: writes the results, and answers with the end of the page. */
  readonly answer = async ({ payload, to, session }: IqRequest): Promise<Element> => {
    if (!session) throw new StanzaError('not-allowed', 'an archive answers the clients of its account')
    const request = readQuery(payload)
    const { pageSize, maxPageSize, search } = this.#host.config
    if (request.filter.text !== undefined && !search)
      throw new StanzaError('feature-not-implemented', 'this server does not search for words')
    this.#catchUp.queried(session, request)
    const account = to.toString()
    await this.#underWay.settled(account)
    const bounds = {
      max: Math.min(request.page.max ?? pageSize, maxPageSize),
      end: this.#underWay.bound(account),
    }
    const page = await readPage(this.#host, account, request, bounds)
    const addressing = { from: account, to: session.jid.toString(), queryId: request.queryId }
    const entries = request.isFlipped ? page.entries.toReversed() : page.entries
    await this.#write(session, resultFrame(addressing), entries)
    return pageEndElement(page)
  }

  /** XEP-0313 §5. */
  readonly metadata = ({ to }: IqRequest): Promise<Element> => this.extent(to.toString())

  async extent(account: string): Promise<Element> {
    const before = this.#underWay.bound(account)
    const end = async (reverse: boolean) =>
      (await this.#host.archive.read(ARCHIVE, account, { before, max: 1, reverse })).entries[0]
    const [first, last] = await Promise.all([end(false), end(true)])
    return metadataElement(first && last ? { start: first, end: last } : undefined)
  }

  async #write(session: ClientSession, frame: ResultFrame, entries: readonly ArchiveEntry[]): Promise<void> {
    for (let at = 0; at < entries.length; at += BURST) {
      if (at > 0) await this.#turn(session)
      for (const { id, at: time, value } of entries.slice(at, at + BURST))
        session.sendText(resultText(frame, { id, at: time, text: value as string }))
    }
  }

  /** Lets others have their turn, and waits for a client that is slower than its archive. */
  async #turn(session: ClientSession): Promise<void> {
    let wait = 0
    do {
      await this.#pause(wait)
      wait = Math.min(Math.max(2 * wait, SHORTEST_WAIT), LONGEST_WAIT)
    } while (session.stream.bufferedBytes > MAX_UNSENT_BYTES && this.#host.sessions(session.jid).includes(session))
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#host.setTimer(ms, resolve)
    })
  }
}
