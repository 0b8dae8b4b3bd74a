import { readForwarded } from '@parlour/extensions/forwarding'
import type { Jid } from '@parlour/jid'
import { MESSAGE_ARCHIVE } from '@parlour/portable-data'
import type { ImportMode, ImportOutcome, ModuleHost, PartImport, PortablePart } from '@parlour/server-core'
import { readStanza, type Stanza } from '@parlour/stanza'
import type { ArchivePage, Write } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from '../protocol/namespaces.ts'
import { archiveResultElement } from '../protocol/results.ts'
import type { ArchiveConfiguration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'
import { ImportedIds } from './imported-ids.ts'
import { searchText, storedText } from './message-text.ts'
import { parseStored } from './stored-message.ts'

type Host = ModuleHost<ArchiveConfiguration>

const PAGE = 100
/** Messages that are committed together. */
const BATCH = 100

/** The archive of an account, the oldest message first (XEP-0227 §4.11). */
export function archivePart(host: Host): PortablePart {
  // An archive that has been measured already would not be measured anew.
  const usage = host.store('usage')
  return {
    title: 'archived messages',
    element: MESSAGE_ARCHIVE,
    isContainer: true,
    async *export(account) {
      let page: ArchivePage | undefined
      do {
        page = await host.archive.read(ARCHIVE, account.toString(), { after: page?.entries.at(-1)?.id, max: PAGE })
        for (const { id, at, value } of page.entries)
          yield archiveResultElement({ id, stanza: parseStored(value as string), delay: { stamp: at } })
      } while (!page.complete)
    },
    import: (account, mode) => new ArchiveImport(host, account, mode, usage.write(account.toString(), undefined)),
  }
}

/** Puts messages where they belong by their time. */
class ArchiveImport implements PartImport {
  readonly #host: Host
  readonly #account: Jid
  readonly #isTrial: boolean
  readonly #usage: Write
  #batch: Write[] = []
  #committed: Promise<void> = Promise.resolve()
  /** The id of the newest message that was there before; '' without any. */
  #newest: Promise<string> | undefined
  #lastId = ''
  readonly #ids = new ImportedIds()

  constructor(host: Host, account: Jid, { isTrial }: ImportMode, usage: Write) {
    this.#host = host
    this.#account = account
    this.#isTrial = isTrial
    this.#usage = usage
  }

  async take(result: Element): Promise<ImportOutcome> {
    const forwarded = result.is('result', ARCHIVE_NAMESPACE) ? readForwarded(result) : undefined
    const message = forwarded && stanzaOf(forwarded.stanza)
    const at = forwarded?.delay?.stamp
    if (message?.kind !== 'message' || at === undefined || at < 0 || at > this.#host.now())
      return { result: 'refused', reason: 'something that is no message with its time' }
    const other = this.#otherOf(message)
    if (!other) return { result: 'refused', reason: 'a message that is not of this account' }
    const id = this.#ids.of(result.attribute('id') ?? message.element.toString(), at)
    if (await this.#has(id)) return 'unchanged'
    if (id > this.#lastId) this.#lastId = id
    if (!this.#isTrial) await this.#store(id, other, message.element)
    return 'added'
  }

  async finish(): Promise<void> {
    if (this.#batch.length > 0) this.#flush()
    await this.#committed
  }

  #otherOf({ from, to }: Stanza): Jid | undefined {
    if (from?.bare.equals(this.#account)) return (to ?? from).bare
    return to === undefined || to.bare.equals(this.#account) ? from?.bare : undefined
  }

  /** Nothing needs to be read for what is newer than all before, as when an import that was broken off goes on. */
  async #has(id: string): Promise<boolean> {
    const owner = this.#account.toString()
    this.#newest ??= this.#host.archive
      .read(ARCHIVE, owner, { max: 1, reverse: true })
      .then(({ entries }) => entries[0]?.id ?? '')
    if (id > (await this.#newest) && id > this.#lastId) return false
    if (this.#batch.length > 0) this.#flush()
    await this.#committed
    return (await this.#host.archive.read(ARCHIVE, owner, { ids: [id], max: 1 })).entries.length > 0
  }

  async #store(id: string, other: Jid, message: Element): Promise<void> {
    const text = this.#host.config.search ? searchText(message) : undefined
    const options = { id, with: other.toString(), ...(text === undefined ? {} : { text }) }
    this.#batch.push(this.#host.archive.append(ARCHIVE, this.#account.toString(), storedText(message), options))
    if (this.#batch.length < BATCH) return
    await this.#committed
    this.#flush()
  }

  #flush(): void {
    const committed = this.#host.commit([...this.#batch, this.#usage])
    this.#batch = []
    this.#committed = committed
    // Whoever waits next is told; nobody may wait before the process looks.
    committed.catch(() => {})
  }
}

function stanzaOf(element: Element): Stanza | undefined {
  try {
    return readStanza(element)
  } catch {
    // Addresses that are none.
    return undefined
  }
}
