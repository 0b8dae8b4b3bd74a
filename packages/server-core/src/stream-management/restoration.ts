import { type Jid, parseJid } from '@parlour/jid'
import { MAX_PAGE, type Storage, type Write } from '@parlour/storage'
import { HANDLED_COUNT_MODULUS } from '@parlour/stream-management'
import type { ClientSession } from '../client-session.ts'
import type { Logger } from '../logger.ts'
import type { ManagedSession, SessionTerms } from './managed-session.ts'
import {
  HANDLED_STORE,
  QUEUE_ARCHIVE,
  type QueueEntry,
  readEntry,
  removalWrite,
  removalWrites,
  SESSION_STORE,
  type SessionRecord,
} from './session-record.ts'
import { QueuedStanza, type Reached } from './unacknowledged.ts'

/** What the bringing back of sessions needs of the kernel. */
export interface RestorationParts {
  readonly storage: Storage
  readonly log: Logger
  commit(writes: readonly Write[]): Promise<void>
  /** Whether its domain is one of the server's: what is kept of others stays as it is, for the day they are again. */
  serves(account: Jid): boolean
  accountExists(account: Jid): boolean | Promise<boolean>
  /** Puts a session without a stream into the directory. */
  restored(account: Jid, record: SessionRecord): ClientSession
  /** All sessions of its account are there: modules are told, its presence is shown again. */
  announce(session: ClientSession, record: SessionRecord): Promise<void>
  end(session: ClientSession): void
}

export interface Restoration {
  /** The session is there again. @param detachedAt since when it waits to be resumed; `undefined`: from now on */
  attach(session: ClientSession, terms: SessionTerms, detachedAt: number | undefined): ManagedSession
  /** It has all that is its own: its time may end from now on. */
  wait(managed: ManagedSession): void
}

interface Restored {
  readonly managed: ManagedSession
  readonly record: SessionRecord
  readonly items: QueuedStanza[]
}

/**
 * Brings the sessions back that the storage knows of: they wait to be resumed, and what comes for them waits with them.
 * What one that cannot be resumed had not acknowledged goes elsewhere.
 */
export async function restoreSessions(parts: RestorationParts, restoration: Restoration): Promise<void> {
  const all: Restored[] = []
  let after: string | undefined
  for (;;) {
    const owners = await parts.storage.owners(SESSION_STORE, after === undefined ? {} : { after })
    for (const owner of owners) all.push(...(await restoreAccount(owner, parts, restoration)))
    if (owners.length < MAX_PAGE) break
    after = owners.at(-1)
  }
  for (const { managed, record } of all) {
    if (managed.isOver) continue
    try {
      await parts.announce(managed.session, record)
    } catch (error) {
      parts.log.error({ error, jid: managed.session.jid.toString() }, 'a session could not be brought back')
    }
  }
  for (const { managed } of all)
    if (managed.terms.token === undefined) parts.end(managed.session)
    else restoration.wait(managed)
  if (all.length > 0) parts.log.info({ sessions: all.length }, 'sessions were brought back')
}

async function restoreAccount(owner: string, parts: RestorationParts, restoration: Restoration): Promise<Restored[]> {
  const account = parseJid(owner)
  const { storage } = parts
  if (!parts.serves(account)) return []
  if (!(await parts.accountExists(account))) {
    await parts.commit(forgetAccount(owner))
    return []
  }
  const [records, handled] = [await storage.list(SESSION_STORE, owner), await storage.list(HANDLED_STORE, owner)]
  const byKey = new Map<string, Restored>()
  for (const [key, value] of records) {
    const record = value as unknown as SessionRecord
    const h = (handled.get(key) as number | undefined) ?? 0
    const { token, max, acknowledged } = record
    const terms = { key, token, max, h, acknowledged }
    const session = parts.restored(account, record)
    const managed = restoration.attach(session, terms, record.detachedAt)
    byKey.set(key, { managed, record, items: [] })
  }
  await readQueues(owner, parts, byKey)
  for (const restored of byKey.values()) await restoreQueue(owner, parts, restored)
  return [...byKey.values()]
}

/** What was acknowledged before the record was stored, and could not be removed, is not sent again. */
async function restoreQueue(
  owner: string,
  { commit }: RestorationParts,
  { managed, items, record }: Restored,
): Promise<void> {
  const place = ({ position }: QueuedStanza) => (position - record.acknowledged - 1) >>> 0
  const isLeft = (item: QueuedStanza) => place(item) < HANDLED_COUNT_MODULUS / 2
  const gone = items.flatMap((item) => (isLeft(item) ? [] : (item.id ?? [])))
  if (gone.length > 0) await commit(removalWrites(owner, gone))
  managed.restore(items.filter(isLeft).sort((one, other) => place(one) - place(other)))
}

async function readQueues(
  owner: string,
  { storage, commit }: RestorationParts,
  sessions: ReadonlyMap<string, Restored>,
): Promise<void> {
  const orphans: string[] = []
  const messages = new SharedMessages()
  let after: string | undefined
  for (;;) {
    const page = await storage.readArchive(QUEUE_ARCHIVE, owner, { after, max: MAX_PAGE })
    for (const { id, at, with: key = '', value } of page.entries) {
      const restored = sessions.get(key)
      // Each entry is durable with the record of its session, or after it, and the record goes when all has gone elsewhere.
      // One without has come behind that: its stanza was still being handled when the session ended, and was taken from memory.
      if (!restored) {
        orphans.push(id)
        continue
      }
      const entry = readEntry(value)
      const { n: position, text } = entry
      const item = new QueuedStanza(restored.managed, { id, at, text, position, reached: messages.reached(entry, id) })
      messages.add(item, entry)
      restored.items.push(item)
    }
    if (orphans.length > 0) await commit([removalWrite(owner, orphans.splice(0))])
    if (page.complete) break
    after = page.entries.at(-1)?.id
  }
  messages.complete()
}

/** The messages of which several sessions of an account have not acknowledged their copies. */
class SharedMessages {
  readonly #all = new Map<string, { readonly reached: Reached; readonly others: Set<string> }>()

  reached({ m }: QueueEntry, id: string): Reached {
    const name = m ?? id
    const known = this.#all.get(name)
    if (known) return known.reached
    const reached: Reached = []
    this.#all.set(name, { reached, others: new Set() })
    return reached
  }

  add(item: QueuedStanza, { m, others = [] }: QueueEntry): void {
    const shared = this.#all.get(m ?? item.id ?? '')
    shared?.reached.push(item)
    for (const other of others) shared?.others.add(other)
  }

  /** Who got it and has no entry any more has acknowledged it: who ends without that takes itself out of the others' entries. */
  complete(): void {
    for (const { reached, others } of this.#all.values()) {
      const keys = new Set(reached.map((each) => (each instanceof QueuedStanza ? each.queue.key : '')))
      if ([...others].some((other) => !keys.has(other))) reached.push('elsewhere')
    }
  }
}

const forgetAccount = (owner: string): Write[] => [
  ...[SESSION_STORE, HANDLED_STORE].map((store): Write => ({ type: 'clear', store, owner })),
  { type: 'remove', archive: QUEUE_ARCHIVE, owner, all: true },
]
