import { type Jid, parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { newItem, type RosterItem, type Subscription } from './item.ts'

/** The namespace of roster queries (RFC 6121 §2.1). */
export const ROSTER_NAMESPACE = 'jabber:iq:roster'
/** The stream feature that says the server keeps roster versions (RFC 6121 §2.6.1). */
export const ROSTER_VERSIONING_FEATURE = 'urn:xmpp:features:rosterver'
/** The stream feature that says the server keeps pre-approvals (RFC 6121 §3.4). */
export const PRE_APPROVAL_FEATURE = 'urn:xmpp:features:pre-approval'

/** Bounds on what one roster set may hold (RFC 6121 §2.3.3). Lengths in UTF-16 code units. */
export interface RosterLimits {
  /** Longest handle; default 1023. */
  readonly maxNameLength: number
  /** Longest group name; default 1023. */
  readonly maxGroupLength: number
  /** Most groups of one item; default 64. */
  readonly maxGroups: number
}

/** The limits that hold unless others are given. */
export const DEFAULT_ROSTER_LIMITS: RosterLimits = { maxNameLength: 1023, maxGroupLength: 1023, maxGroups: 64 }

/** What a roster set asks for (RFC 6121 §2.1.5). */
export type RosterSet =
  | { readonly kind: 'update'; readonly jid: Jid; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: 'remove'; readonly jid: Jid }

/** One item as a client receives it; `removed` items come in pushes only (RFC 6121 §2.1.2.5). */
export type ReceivedItem = RosterItem | { readonly jid: string; readonly removed: true }

/**
 * Reads the `<query/>` of a roster set with the checks of RFC 6121 §2.1.5 and §2.3.3. `subscription` (other than
 * `remove`), `ask` and `approved` are ignored, since only the server sets them.
 *
 * @throws StanzaError `bad-request`: not exactly one item, no or a full JID, duplicate groups; `jid-malformed`;
 *   `not-acceptable`: name or group too long, empty group, too many groups.
 */
export function readRosterSet(query: Element, limits: RosterLimits = DEFAULT_ROSTER_LIMITS): RosterSet {
  const [item, ...others] = query.childrenNamed('item', ROSTER_NAMESPACE)
  if (item === undefined || others.length > 0) throw new StanzaError('bad-request', 'Exactly one item, please')
  const jid = readJid(item)
  if (item.attribute('subscription') === 'remove') return { kind: 'remove', jid }
  const name = item.attribute('name') ?? ''
  if (name.length > limits.maxNameLength) throw new StanzaError('not-acceptable', 'The name is too long')
  return { kind: 'update', jid, name, groups: readGroups(item, limits) }
}

/** The `ver` of a roster get; `undefined` when the client knows no versions (RFC 6121 §2.6.2). */
export function readRosterGet(query: Element): { readonly version: string | undefined } {
  return { version: query.attribute('ver') }
}

/** The `<item/>` of a roster item; attributes at their defaults are left out, but `subscription` is always there. */
export function itemElement(item: RosterItem): Element {
  return el(
    'item',
    ROSTER_NAMESPACE,
    {
      jid: item.jid,
      name: item.name === '' ? undefined : item.name,
      subscription: item.subscription,
      ask: item.ask ? 'subscribe' : undefined,
      approved: item.approved ? 'true' : undefined,
    },
    ...item.groups.map((group) => el('group', ROSTER_NAMESPACE, {}, group)),
  )
}

/** The `<query/>` of a roster result (RFC 6121 §2.1.4). The caller leaves out items which are not `listed`. */
export function rosterResult(items: Iterable<RosterItem>, version: string): Element {
  return el('query', ROSTER_NAMESPACE, { ver: version }, ...Array.from(items, itemElement))
}

/** The `<query/>` of a roster push (RFC 6121 §2.1.6); an item given only by its JID has been removed. */
export function rosterPush(item: RosterItem | string, version: string): Element {
  const child =
    typeof item === 'string' ? el('item', ROSTER_NAMESPACE, { jid: item, subscription: 'remove' }) : itemElement(item)
  return el('query', ROSTER_NAMESPACE, { ver: version }, child)
}

/** The `<query/>` of a roster get; `''` asks for versions without knowing one (RFC 6121 §2.6.2). */
export function rosterGet(version?: string): Element {
  return el('query', ROSTER_NAMESPACE, { ver: version })
}

/** The `<query/>` of a roster set that adds or updates an item (RFC 6121 §2.3.1, §2.4.1). */
export function rosterUpdate(jid: string, name = '', groups: readonly string[] = []): Element {
  return rosterResultless({ ...newItem(jid), name, groups })
}

/** The `<query/>` of a roster set that removes an item (RFC 6121 §2.5.1). */
export function rosterRemoval(jid: string): Element {
  return el('query', ROSTER_NAMESPACE, {}, el('item', ROSTER_NAMESPACE, { jid, subscription: 'remove' }))
}

/**
 * Reads the items of a roster result or push, as a client. Items without a valid address or with an unknown
 * subscription value are left out (RFC 6121 §2.1.2.5).
 */
export function readItems(query: Element): ReceivedItem[] {
  return query.childrenNamed('item', ROSTER_NAMESPACE).flatMap((item) => readItem(item) ?? [])
}

function readItem(item: Element): ReceivedItem | undefined {
  const subscription = item.attribute('subscription') ?? 'none'
  const jid = item.attribute('jid')
  if (!jid) return undefined
  if (subscription === 'remove') return { jid, removed: true }
  if (!SUBSCRIPTIONS.has(subscription)) return undefined
  const approved = item.attribute('approved')
  return {
    ...newItem(jid),
    name: item.attribute('name') ?? '',
    groups: item.childrenNamed('group', ROSTER_NAMESPACE).map((group) => group.text()),
    subscription: subscription as Subscription,
    ask: item.attribute('ask') === 'subscribe',
    approved: approved === 'true' || approved === '1',
  }
}

const SUBSCRIPTIONS: ReadonlySet<string> = new Set<Subscription>(['none', 'to', 'from', 'both'])

function rosterResultless(item: RosterItem): Element {
  const { attributes, children } = itemElement(item)
  const { subscription: _, ...rest } = attributes
  return el('query', ROSTER_NAMESPACE, {}, el('item', ROSTER_NAMESPACE, rest, ...children))
}

function readJid(item: Element): Jid {
  const text = item.attribute('jid')
  if (text === undefined || text === '') throw new StanzaError('bad-request', 'The item needs a jid')
  let jid: Jid
  try {
    jid = parseJid(text)
  } catch (cause) {
    throw new StanzaError('jid-malformed', 'The jid of the item is not an address', { cause })
  }
  if (jid.isFull) throw new StanzaError('bad-request', 'The jid of an item has no resource')
  return jid
}

function readGroups(item: Element, limits: RosterLimits): string[] {
  const groups: string[] = []
  const seen = new Set<string>()
  for (const element of item.childrenNamed('group', ROSTER_NAMESPACE)) {
    const group = element.text()
    if (group === '') throw new StanzaError('not-acceptable', 'A group has no name')
    if (group.length > limits.maxGroupLength) throw new StanzaError('not-acceptable', 'A group name is too long')
    if (groups.length === limits.maxGroups) throw new StanzaError('not-acceptable', 'Too many groups')
    // Compared as resourceparts are, by NFC (RFC 6121 §2.3.3; RFC 8265 §4.2).
    const key = group.normalize('NFC')
    if (seen.has(key)) throw new StanzaError('bad-request', 'A group appears twice')
    seen.add(key)
    groups.push(group)
  }
  return groups
}
