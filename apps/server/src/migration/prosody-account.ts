import {
  OFFLINE_MESSAGES,
  type PortableCredentials,
  type PortableEvent,
  PRIVATE_XML,
  ROSTER,
  scramCredentialsElement,
} from '@parlour/portable-data'
import type { Element } from '@parlour/xml'
import type { LuaTable, LuaValue } from './lua-data.ts'
import { withoutOwnIds } from './own-ids.ts'
import { elementOf, isTable, stringOf, textOf } from './prosody-element.ts'
import type { ProsodyEntry } from './prosody-storage.ts'
import { el } from './unchecked-element.ts'

const CLIENT = 'jabber:client'
const ROSTER_NAMESPACE = 'jabber:iq:roster'
const BLOCKLIST = { name: 'blocklist', namespace: 'urn:xmpp:blocking' } as const
const ARCHIVE = { name: 'archive', namespace: 'urn:xmpp:pie:0#mam' } as const

type Item = Extract<PortableEvent, { type: 'item' }>

const item = (element: Element | undefined, within?: Item['within']): Item[] =>
  element ? [{ type: 'item', element, ...(within && { within }) }] : []

/** The password in plain text, where Prosody keeps it so (`internal_plain`, or `internal_hashed` before the first sign-in). */
export const passwordOf = (account: LuaTable): string | undefined => stringOf(account, 'password') || undefined

/** By the octets of its keys; Prosody does not write down which hash it is. */
const MECHANISMS: Readonly<Record<number, string>> = { 20: 'SCRAM-SHA-1', 32: 'SCRAM-SHA-256', 64: 'SCRAM-SHA-512' }

/** The verifier of `internal_hashed`. */
export function credentialItems(account: LuaTable): Item[] {
  const salt = account.get('salt')
  const iterations = account.get('iteration_count')
  const [storedKey, serverKey] = ['stored_key', 'server_key'].map((key) =>
    Buffer.from(stringOf(account, key) ?? '', 'hex'),
  )
  const mechanism = MECHANISMS[storedKey?.length ?? 0]
  if (typeof salt !== 'string' || typeof iterations !== 'number' || !mechanism || !storedKey || !serverKey) return []
  const credentials: PortableCredentials = {
    ...{ mechanism, iterations },
    salt: Buffer.from(salt, 'latin1').toString('base64'),
    storedKey: storedKey.toString('base64'),
    serverKey: serverKey.toString('base64'),
  }
  return item(scramCredentialsElement(credentials))
}

/** Contacts by their address; under `false` what is not one, with the requests that wait for an answer. */
export function rosterItems(roster: LuaTable): Item[] {
  const contacts = [...roster].flatMap(([jid, contact]) =>
    typeof jid === 'string' && jid !== 'pending' && isTable(contact)
      ? item(contactElement(textOf(jid), contact), ROSTER)
      : [],
  )
  const meta = roster.get(false)
  const pending = (isTable(meta) && meta.get('pending')) || roster.get('pending')
  const requests = isTable(pending) ? [...pending].flatMap(([jid, request]) => requestItems(jid, request)) : []
  return [...contacts, ...requests]
}

function contactElement(jid: string, contact: LuaTable): Element {
  const groups = contact.get('groups')
  const names = isTable(groups) ? [...groups.keys()].filter((name) => typeof name === 'string') : []
  return el(
    'item',
    ROSTER_NAMESPACE,
    {
      jid,
      name: stringOf(contact, 'name'),
      subscription: stringOf(contact, 'subscription') ?? 'none',
      ask: stringOf(contact, 'ask'),
    },
    ...names.map((name) => el('group', ROSTER_NAMESPACE, {}, textOf(name))),
  )
}

function requestItems(jid: LuaValue, request: LuaValue): Item[] {
  if (typeof jid !== 'string') return []
  const stored = elementOf(request, CLIENT) ?? el('presence', CLIENT)
  const { name, namespace, attributes, children } = stored
  return item(el(name, namespace, { ...attributes, from: textOf(jid), type: 'subscribe' }, ...children))
}

export const vcardItems = (vcard: LuaTable): Item[] => item(elementOf(vcard, 'vcard-temp'))

export const privateItems = (elements: LuaTable): Item[] =>
  [...elements.values()].flatMap((each) => item(elementOf(each, ''), PRIVATE_XML))

export const blockedItems = (blocklist: LuaTable): Item[] =>
  [...blocklist.keys()].flatMap((jid) =>
    typeof jid === 'string' ? item(el('item', BLOCKLIST.namespace, { jid: textOf(jid) }), BLOCKLIST) : [],
  )

/** What is archived (XEP-0441): under `false` of those that are not listed. */
export function preferenceItems(preferences: LuaTable): Item[] {
  const chosen = preferences.get(false)
  const list = (name: 'always' | 'never', wanted: boolean) => {
    const listed = [...preferences].flatMap(([jid, value]) => (typeof jid === 'string' && value === wanted ? jid : []))
    return el(name, ARCHIVING, {}, ...listed.map((jid) => el('jid', ARCHIVING, {}, textOf(jid))))
  }
  const [always, never] = [list('always', true), list('never', false)]
  return item(el('prefs', ARCHIVING, { default: DEFAULTS.get(chosen) ?? 'always' }, always, never))
}

const ARCHIVING = 'urn:xmpp:mam:2'
const DEFAULTS: ReadonlyMap<LuaValue, string> = new Map<LuaValue, string>([
  ...([
    [true, 'always'],
    [false, 'never'],
    ['roster', 'roster'],
  ] as const),
])

/** Messages that wait, with the time at which they came (XEP-0203). */
export function offlineItems(entry: ProsodyEntry, domain: string): Item[] {
  const stored = storedMessage(entry)
  if (!stored) return []
  const stamp = new Date(stored.at).toISOString()
  const delay = el('delay', 'urn:xmpp:delay', { from: domain, stamp }, 'Offline Storage')
  return item(stored.message.withLastChild(delay), OFFLINE_MESSAGES)
}

/** A message of the archive, as XEP-0227 has it: `<result/>` of XEP-0313. `rename` gives it the id that it has here. */
export function archivedItems(entry: ProsodyEntry, rename: (former: string | undefined, at: number) => string): Item[] {
  const stored = storedMessage(entry)
  if (!stored) return []
  const { message, at } = stored
  const delay = el('delay', 'urn:xmpp:delay', { stamp: new Date(at).toISOString() })
  const forwarded = el('forwarded', 'urn:xmpp:forward:0', {}, delay, message)
  return item(el('result', ARCHIVING, { id: rename(entry.key, at) }, forwarded), ARCHIVE)
}

function storedMessage({ element, when }: ProsodyEntry): { message: Element; at: number } | undefined {
  const at = when === undefined ? Date.parse(element.attribute('stamp') ?? '') : Math.floor(when * 1000)
  if (!(at >= 0)) return undefined
  // Prosody's own notes among the attributes.
  const message = withoutOwnIds(element.withAttributes({ stamp: undefined, stamp_legacy: undefined }))
  return { message, at }
}
