import { isSubscribedTo, isSubscriber, type RosterItem } from './item.ts'
import { fromRecord, type ItemRecord, toRecord } from './record.ts'

/** Where a roster stands: stored beside the items, under a key of its own. Plain JSON. */
export type VersionRecord = {
  /** Distinguishes this roster from an earlier one of the same account: versions are never used twice. */
  readonly epoch: string
  /** The number of visible changes so far. */
  readonly sequence: number
  /** Removals up to here have been forgotten: older versions get the whole roster. */
  readonly forgotten: number
}

/** A change worked out but not yet in effect: store it, then {@link Roster.apply} it. */
export interface RosterChange {
  readonly jid: string
  /** `undefined`: there is no entry any more. */
  readonly item: RosterItem | undefined
  /** What to store under the JID; `undefined`: delete it. */
  readonly record: ItemRecord | undefined
  readonly version: VersionRecord
  /** JIDs whose remembered removal is to be deleted from the store, since too many are remembered. */
  readonly forget: readonly string[]
}

/** What became of one item since a version, for an interim push: the item, or its JID when it was removed. */
export interface InterimChange {
  readonly item: RosterItem | string
  readonly version: string
}

/** How many removals are remembered for versioning clients unless the caller says otherwise. */
export const DEFAULT_REMEMBERED_REMOVALS = 64

/** What rosters have that hold nothing of a kind: three empty maps take 600 bytes. Never written to. */
const NOTHING = new Map<string, never>()

/**
 * One user's roster in memory. Changes come in two steps, so that they can be made durable in between:
 * `plan` → store → `apply`. Changes of one roster must not overlap.
 */
export class Roster {
  #items: Map<string, RosterItem> = NOTHING
  #changedAt: Map<string, number> = NOTHING
  #removedAt: Map<string, number> = NOTHING
  readonly #remembered: number
  #version: VersionRecord
  #subscribers: readonly string[] | undefined

  /** An empty roster, or with {@link Roster.load} a stored one. `epoch` is a random string without `.`. */
  constructor(epoch: string, rememberedRemovals = DEFAULT_REMEMBERED_REMOVALS) {
    this.#version = { epoch, sequence: 0, forgotten: 0 }
    this.#remembered = rememberedRemovals
  }

  /** Takes over what was stored. To be called once, on a new roster. */
  load(version: VersionRecord, records: Iterable<readonly [jid: string, record: ItemRecord]>): void {
    this.#version = version
    for (const [jid, record] of [...records].sort((a, b) => a[1].at - b[1].at)) {
      if (record.removed) this.#putRemoval(jid, record.at)
      else this.#put(jid, fromRecord(jid, record), record.at)
    }
  }

  /** The version string of the present state (RFC 6121 §2.1.1). */
  get version(): string {
    return this.#name(this.#version.sequence)
  }

  /** The number of entries, those not listed included. */
  get size(): number {
    return this.#items.size
  }

  /** The entry of a contact, listed or not. */
  get(jid: string): RosterItem | undefined {
    return this.#items.get(jid)
  }

  /** All entries, those not listed included. */
  entries(): IterableIterator<RosterItem> {
    return this.#items.values()
  }

  /** The items which clients may see. */
  items(): RosterItem[] {
    return [...this.#items.values()].filter((item) => item.listed)
  }

  /** The JIDs of `from` and `both`, which get the user's presence; the array is kept until the roster changes. */
  subscribers(): readonly string[] {
    this.#subscribers ??= [...this.#items.values()].filter(isSubscriber).map((item) => item.jid)
    return this.#subscribers
  }

  /** The items of `to` and `both`, whose presence the user gets. */
  subscriptions(): RosterItem[] {
    return [...this.#items.values()].filter(isSubscribedTo)
  }

  /** Works out what replacing an entry (`undefined`: removing it) means for store and version. Nothing changes yet. */
  plan(jid: string, item: RosterItem | undefined): RosterChange {
    const before = this.#items.get(jid)
    const visible = before?.listed === true || item?.listed === true
    if (!visible) return this.#planNote(jid, item)
    const sequence = this.#version.sequence + 1
    if (item?.listed) return this.#change(jid, item, toRecord(item, sequence), { ...this.#version, sequence }, [])
    const forget = this.#removalsToForget(jid)
    const forgotten = Math.max(this.#version.forgotten, ...forget.map((gone) => this.#removedAt.get(gone) ?? 0))
    // An item which turns into a mere note cannot be remembered as removed under the same key.
    const record = item ? toRecord(item, sequence) : ({ at: sequence, removed: true } as const)
    return this.#change(
      jid,
      item,
      record,
      { ...this.#version, sequence, forgotten: item ? sequence : forgotten },
      forget,
    )
  }

  /** Puts a change into effect, once it is stored. */
  apply(change: RosterChange): void {
    this.#subscribers = undefined
    this.#version = change.version
    for (const jid of change.forget) this.#removedAt.delete(jid)
    this.#items.delete(change.jid)
    this.#changedAt.delete(change.jid)
    this.#removedAt.delete(change.jid)
    if (change.item) this.#put(change.jid, change.item, change.record?.at ?? change.version.sequence)
    else if (change.record) this.#putRemoval(change.jid, change.record.at)
  }

  /**
   * The changes since a version a client names, one for each item, in the order in which they happened
   * (RFC 6121 §2.6.3); `undefined`: the version is unknown, and the whole roster has to be sent.
   */
  changesSince(version: string): InterimChange[] | undefined {
    const from = this.#sequenceOf(version)
    if (from === undefined) return undefined
    if (from === this.#version.sequence) return []
    const changes: [number, RosterItem | string][] = []
    for (const [jid, at] of this.#removedAt) if (at > from) changes.push([at, jid])
    for (const item of this.#items.values()) {
      const at = this.#changedAt.get(item.jid) ?? 0
      if (item.listed && at > from) changes.push([at, item])
    }
    return changes.sort((a, b) => a[0] - b[0]).map(([at, item]) => ({ item, version: this.#name(at) }))
  }

  #planNote(jid: string, item: RosterItem | undefined): RosterChange {
    const removedAt = this.#removedAt.get(jid)
    // A note takes the place of a remembered removal: older versions then get the whole roster.
    const forgotten = item && removedAt !== undefined ? Math.max(this.#version.forgotten, removedAt) : undefined
    const version = forgotten === undefined ? this.#version : { ...this.#version, forgotten }
    return this.#change(jid, item, item && toRecord(item, version.sequence), version, [])
  }

  #change(
    jid: string,
    item: RosterItem | undefined,
    record: ItemRecord | undefined,
    version: VersionRecord,
    forget: readonly string[],
  ): RosterChange {
    return { jid, item, record, version, forget }
  }

  // Maps keep the order of insertion, and removals are inserted in order of their sequence numbers.
  #removalsToForget(jid: string): string[] {
    const others = [...this.#removedAt.keys()].filter((removed) => removed !== jid)
    return others.slice(0, Math.max(0, others.length + 1 - this.#remembered))
  }

  #put(jid: string, item: RosterItem, at: number): void {
    if (this.#items === NOTHING) {
      this.#items = new Map()
      this.#changedAt = new Map()
    }
    this.#items.set(jid, item)
    this.#changedAt.set(jid, at)
  }

  #putRemoval(jid: string, at: number): void {
    if (this.#removedAt === NOTHING) this.#removedAt = new Map()
    this.#removedAt.set(jid, at)
  }

  #name(sequence: number): string {
    return `${this.#version.epoch}.${sequence}`
  }

  #sequenceOf(version: string): number | undefined {
    const { epoch, sequence, forgotten } = this.#version
    if (!version.startsWith(`${epoch}.`)) return undefined
    const digits = version.slice(epoch.length + 1)
    if (!/^(0|[1-9][0-9]{0,14})$/.test(digits)) return undefined
    const number = Number(digits)
    return number >= forgotten && number <= sequence ? number : undefined
  }
}
