import { waitingMessages } from '@parlour/extensions/offline/server'
import { readStanzaId } from '@parlour/extensions/stanza-ids'
import type { ClientSession, ModuleHost, ModuleStore } from '@parlour/server-core'
import type { Json } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import type { ArchiveQueryRequest } from '../protocol/query.ts'
import { ARCHIVE } from './entries.ts'

/** Clients of one account that are remembered; the one that came first makes room. */
const MAX_CLIENTS = 50

type Host = Pick<ModuleHost, 'archive' | 'find' | 'log' | 'now' | 'store'>

/**
 * What waits for an account and is in its archive too is cleared "without sending" it (XEP-0386 §3.2) when a client binds
 * by Bind 2 that is known to catch up from the archive. Many bind so and never look there: they get it, as all get what was
 * not archived. Bind 2 gives a client the same resource each time, by which it is known again.
 */
export class CatchUp {
  readonly #host: Host
  readonly #store: ModuleStore
  /** Sessions of Bind 2, and whether it is known that their clients catch up. */
  readonly #sessions = new WeakMap<ClientSession, boolean>()

  constructor(host: Host) {
    this.#host = host
    this.#store = host.store('catching-up')
  }

  /** A resource was bound by Bind 2. */
  async bound(session: ClientSession): Promise<void> {
    this.#sessions.set(session, false)
    const discarding = this.#host.find(waitingMessages)?.discard(session, async (messages) => {
      const isKnown = await this.#isKnown(session)
      return isKnown ? this.#archived(session, messages) : messages.map(() => false)
    })
    await discarding?.catch((error: unknown) =>
      this.#host.log.error({ error, account: session.account }, 'archived messages wait still, and will be delivered'),
    )
  }

  /** A session has queried its archive. */
  queried(session: ClientSession, request: ArchiveQueryRequest): void {
    if (!isCatchingUp(request) || this.#sessions.get(session) !== false) return
    this.#sessions.set(session, true)
    this.#remember(session).catch((error: unknown) =>
      this.#host.log.error({ error }, 'that a client catches up from the archive could not be remembered'),
    )
  }

  async #isKnown({ account, resource }: ClientSession): Promise<boolean> {
    return (await this.#store.get(account, resource)) !== undefined
  }

  async #archived({ jid, account }: ClientSession, messages: readonly Element[]): Promise<boolean[]> {
    const ids = messages.map((message) => readStanzaId(message, jid.bare)?.id)
    const asked = ids.filter((id) => id !== undefined)
    if (asked.length === 0) return ids.map(() => false)
    const { entries } = await this.#host.archive.read(ARCHIVE, account, { ids: asked, max: asked.length })
    const found = new Set(entries.map(({ id }) => id))
    return ids.map((id) => id !== undefined && found.has(id))
  }

  async #remember({ account, resource }: ClientSession): Promise<void> {
    const known = await this.#store.list(account)
    if (known.has(resource)) return
    const surplus = [...known].sort(byTime).slice(0, Math.max(0, known.size + 1 - MAX_CLIENTS))
    await Promise.all(surplus.map(([key]) => this.#store.put(account, undefined, key)))
    await this.#store.put(account, this.#host.now(), resource)
  }
}

const byTime = ([, a]: readonly [string, Json], [, b]: readonly [string, Json]): number => Number(a) - Number(b)

/**
 * Asks for what came in all conversations, on from some point (XEP-0313 §4.1.2, §4.1.3); not for one, for words, for what came
 * before some point, or only how much there is (XEP-0059 §2.7).
 */
function isCatchingUp({ filter, page }: ArchiveQueryRequest): boolean {
  const isWhole = filter.with === undefined && filter.ids === undefined && filter.text === undefined
  const isOpen = filter.end === undefined && filter.beforeId === undefined && page.max !== 0
  return isWhole && isOpen && (filter.start !== undefined || filter.afterId !== undefined || page.before === undefined)
}
