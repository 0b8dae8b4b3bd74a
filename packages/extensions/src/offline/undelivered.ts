import { parseJid } from '@parlour/jid'
import type { ClientSession, ModuleHost, OfflineEvent, Registration } from '@parlour/server-core'
import { readStanza } from '@parlour/stanza'
import type { ArchiveEntry } from '@parlour/storage'
import { parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import { delayElement } from '../delay/wire.ts'

/** By account: errors that tell that a message did not reach another server. */
const ARCHIVE = 'undelivered'
/** Errors that are kept for one account. */
const MAX_KEPT = 100
/** UTF-16 units of one: the id of a message may be as long as a stanza. */
const MAX_LENGTH = 10_000

/**
 * That a message did not reach another server is told to the next session of an account whose sessions are gone. XEP-0160 §3
 * has errors not stored because nobody should wait for those of others; these are the server's own, about what it had
 * acknowledged.
 */
export async function keepUndelivered(host: ModuleHost): Promise<readonly Registration[]> {
  const undelivered = new Undelivered(host)
  await undelivered
    .load()
    .catch((error: unknown) => host.log.error({ error }, 'what did not reach other servers cannot be told'))
  return [
    host.on('undelivered', (event) => undelivered.keep(event)),
    host.on('sessionAvailable', (session) => undelivered.tell(session)),
    host.on('accountRemoved', (account) => undelivered.forget(account.toString())),
  ]
}

class Undelivered {
  readonly #host: ModuleHost
  /** How many are kept, by account; none without an entry. */
  readonly #counts = new Map<string, number>()

  constructor(host: ModuleHost) {
    this.#host = host
  }

  async load(): Promise<void> {
    const { archive, domain } = this.#host
    for (let after: string | undefined; ; ) {
      const owners = await archive.owners(ARCHIVE, after === undefined ? {} : { after })
      for (const owner of owners)
        if (parseJid(owner).domain === domain) this.#counts.set(owner, await archive.count(ARCHIVE, owner))
      after = owners.at(-1)
      if (after === undefined) return
    }
  }

  keep(event: OfflineEvent): 'handled' | undefined {
    const account = event.account.toString()
    const count = this.#counts.get(account) ?? 0
    const text = event.stanza.element.toString()
    if (count >= MAX_KEPT || text.length > MAX_LENGTH) return undefined
    this.#counts.set(account, count + 1)
    event.store([this.#host.archive.append(ARCHIVE, account, text)], (error) => {
      if (error !== undefined) this.#counts.set(account, (this.#counts.get(account) ?? 1) - 1)
    })
    return 'handled'
  }

  async tell(session: ClientSession): Promise<void> {
    const { account } = session
    if (!this.#counts.delete(account)) return
    const { archive, commit } = this.#host
    try {
      const { entries } = await archive.read(ARCHIVE, account, { max: MAX_KEPT })
      const written = entries.filter((entry) => !this.#write(entry, session))
      if (written.length > 0)
        await commit([
          archive.remove(
            ARCHIVE,
            account,
            written.map(({ id }) => id),
          ),
        ])
    } catch (error) {
      this.#counts.set(account, MAX_KEPT)
      this.#host.log.error({ error, account }, 'what did not reach other servers cannot be told')
    }
  }

  forget(account: string): void {
    this.#counts.delete(account)
  }

  /** @returns whether the session keeps it, and it is removed together with that */
  #write(entry: ArchiveEntry, session: ClientSession): boolean {
    const { archive, domain, handOver } = this.#host
    const error = parseXml(entry.value as string, WRITTEN_PARSER_LIMITS)
    const delay = delayElement({ from: domain, stamp: entry.at })
    const told = error.withAttributes({ to: session.jid.toString() }).withChildren([...error.children, delay])
    const again = (failure?: unknown): void => {
      if (failure !== undefined) this.#counts.set(session.account, MAX_KEPT)
    }
    return handOver(readStanza(told), session, [archive.remove(ARCHIVE, session.account, [entry.id])], entry, again)
  }
}
