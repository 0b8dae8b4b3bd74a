import { type ItemRecord, Roster, type RosterChange, type VersionRecord } from '@parlour/roster'
import type { Json, Storage, Write } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import { readStoredElement, storedElement } from './stored-element.ts'

/** Roster entries by the contact's JID, and beside them the version. */
export const ROSTER_STORE = 'roster'
/** Complete subscription requests, by the requester's JID (RFC 6121 §3.1.3). */
export const REQUEST_STORE = 'subscription-requests'
// No JID begins with a slash.
const VERSION_KEY = '/version'

/** Rosters and subscription requests in the storage. Whatever a method resolves with is durable. */
export class RosterStore {
  readonly #storage: Storage
  readonly #newEpoch: () => string

  constructor(storage: Storage, newEpoch: () => string) {
    this.#storage = storage
    this.#newEpoch = newEpoch
  }

  async load(account: string): Promise<Roster> {
    const records = await this.#storage.list(ROSTER_STORE, account)
    const roster = new Roster(this.#newEpoch())
    const version = records.get(VERSION_KEY)
    records.delete(VERSION_KEY)
    if (version)
      roster.load(version as VersionRecord, records as ReadonlyMap<string, unknown> as Map<string, ItemRecord>)
    return roster
  }

  save(account: string, change: RosterChange, others: readonly Write[]): Promise<void> {
    const store = ROSTER_STORE
    const forget: Write[] = change.forget.map((key) => ({ type: 'delete', store, owner: account, key }))
    const item: Write = change.record
      ? { type: 'put', store, owner: account, key: change.jid, value: change.record }
      : { type: 'delete', store, owner: account, key: change.jid }
    const version: Write = { type: 'put', store, owner: account, key: VERSION_KEY, value: change.version }
    return this.#storage.commit([...forget, item, version, ...others])
  }

  /** The requests which the account has not answered, by requester. */
  async requests(account: string): Promise<Map<string, Element>> {
    const stored = await this.#storage.list(REQUEST_STORE, account)
    return new Map(Array.from(stored, ([jid, value]) => [jid, readStoredElement(value)]))
  }

  putRequest(account: string, jid: string, request: Element): Write {
    return { type: 'put', store: REQUEST_STORE, owner: account, key: jid, value: storedElement(request) as Json }
  }

  deleteRequest(account: string, jid: string): Write {
    return { type: 'delete', store: REQUEST_STORE, owner: account, key: jid }
  }
}
