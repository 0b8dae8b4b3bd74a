import { ImportedIds } from '@parlour/archive/server'
import type { PortableEvent } from '@parlour/portable-data'
import { type Element, XmlError } from '@parlour/xml'
import type { LuaTable } from './lua-data.ts'
import { DISPLAYED_NODE, DisplayedIds, nodeItems } from './pep-items.ts'
import {
  archivedItems,
  blockedItems,
  credentialItems,
  offlineItems,
  passwordOf,
  preferenceItems,
  privateItems,
  rosterItems,
  vcardItems,
} from './prosody-account.ts'
import { configurationItems, nodesOf } from './prosody-pep.ts'
import type { ProsodyStorage } from './prosody-storage.ts'

type Items = Extract<PortableEvent, { type: 'item' }>[]

/** Stores of keys and values. */
const TABLES: Readonly<Record<string, (table: LuaTable) => Items>> = {
  roster: rosterItems,
  vcard: vcardItems,
  private: privateItems,
  blocklist: blockedItems,
  archive_prefs: preferenceItems,
}
const CLIENT = 'jabber:client'
/** Of the items of nodes that name no namespace. */
const NONE = ''

/** Stores that are read, and those of which nothing is the users'. */
const UNMENTIONED = new Set([
  ...[...Object.keys(TABLES), 'accounts', 'offline', 'archive', 'pep'],
  ...['account_details', 'archive_cleanup', 'lastlog', 'lastlog2', 'cron', 'smacks_h'],
])

/** The accounts in a storage of Prosody's, as events of XEP-0227; what has no place there is told. */
export function* prosodyAccounts(storage: ProsodyStorage, note: (text: string) => void): Generator<PortableEvent> {
  for (const host of storage.hosts()) {
    yield { type: 'host', domain: host }
    for (const account of storage.accounts(host)) yield* accountEvents(storage, host, account)
    yield { type: 'host-end' }
    for (const [store, count] of storage.stores(host))
      if (count > 0 && !UNMENTIONED.has(store) && !store.startsWith('pep_'))
        note(`${host}: ${store} (of ${count}) was left out: there is no place for it here`)
  }
}

function* accountEvents(storage: ProsodyStorage, host: string, name: string): Generator<PortableEvent> {
  const account = storage.table(host, 'accounts', name)
  if (!account) return
  const password = passwordOf(account)
  yield { type: 'user', name, ...(password !== undefined && { password }) }
  if (password === undefined) yield* credentialItems(account)
  for (const [store, items] of Object.entries(TABLES)) {
    const table = storage.table(host, store, name)
    if (table) yield* items(table)
  }
  for (const entry of storage.list(host, 'offline', name, CLIENT)) yield* offlineItems(entry, host)
  const nodes = storage.table(host, 'pep', name) ?? new Map()
  yield* configurationItems(nodes)
  const displayed = new DisplayedIds(`${name}@${host}`, storage.list(host, `pep_${DISPLAYED_NODE}`, name, NONE))
  const ids = new ImportedIds()
  for (const entry of storage.list(host, 'archive', name, CLIENT))
    yield* archivedItems(entry, (former, at) => {
      const id = ids.of(former ?? writtenOr(entry.element, ''), at)
      displayed.renamed(former, id)
      return id
    })
  for (const node of nodesOf(nodes))
    yield* node === DISPLAYED_NODE ? displayed.items() : nodeItems(node, storage.list(host, `pep_${node}`, name, NONE))
  yield { type: 'user-end' }
}

/** What XML cannot hold is left out where it is written to the document. */
function writtenOr(element: Element, fallback: string): string {
  try {
    return element.toString()
  } catch (error) {
    if (error instanceof XmlError) return fallback
    throw error
  }
}
