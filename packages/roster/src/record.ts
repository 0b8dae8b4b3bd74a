import type { RosterItem, Subscription } from './item.ts'

/** A roster entry as it is stored: plain JSON, fields at their defaults left out. */
export type ItemRecord = {
  /** The sequence number of the entry's last visible change. */
  readonly at: number
  readonly name?: string
  readonly groups?: string[]
  readonly subscription?: Subscription
  readonly ask?: true
  readonly approved?: true
  readonly pendingIn?: true
  /** Only a note of an inbound request. */
  readonly unlisted?: true
  /** The item was removed at `at`; kept so that versioning clients learn of it. */
  readonly removed?: true
}

/** The stored form of an entry last visibly changed at sequence number `at`. */
export function toRecord(item: RosterItem, at: number): ItemRecord {
  return {
    at,
    ...(item.name !== '' && { name: item.name }),
    ...(item.groups.length > 0 && { groups: [...item.groups] }),
    ...(item.subscription !== 'none' && { subscription: item.subscription }),
    ...(item.ask && { ask: true as const }),
    ...(item.approved && { approved: true as const }),
    ...(item.pendingIn && { pendingIn: true as const }),
    ...(!item.listed && { unlisted: true as const }),
  }
}

/** The entry of a stored form; not for records with `removed`. */
export function fromRecord(jid: string, record: ItemRecord): RosterItem {
  return {
    jid,
    name: record.name ?? '',
    groups: record.groups ?? [],
    subscription: record.subscription ?? 'none',
    ask: record.ask ?? false,
    approved: record.approved ?? false,
    pendingIn: record.pendingIn ?? false,
    listed: !record.unlisted,
  }
}
