import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PortableEvent } from '@parlour/portable-data'
import type { Document } from '../commands/send-document.ts'
import { LuaDataError, type LuaTable, type LuaValue, readLuaFile, readLuaList } from './lua-data.ts'
import {
  archivedItems,
  blockedItems,
  credentialItems,
  offlineItems,
  passwordOf,
  privateItems,
  rosterItems,
  vcardItems,
} from './prosody-account.ts'
import { isTable } from './prosody-element.ts'

/** Octets of one file; none comes near it, since the archive of an account has at most 10,000 messages there. */
const MAX_FILE = 512 * 1024 * 1024
const MAX_LEFT_OUT = 100

type Items = Extract<PortableEvent, { type: 'item' }>[]

/** Files with one table, by the name of the store. */
const TABLES: Readonly<Record<string, (table: LuaTable) => Items>> = {
  roster: rosterItems,
  vcard: vcardItems,
  private: privateItems,
  blocklist: blockedItems,
}
/** Files with a list. */
const LISTS: Readonly<Record<string, (value: LuaValue, domain: string) => Items>> = {
  offline: offlineItems,
  archive: archivedItems,
}
/** What needs no mention: nothing of it is the users'. */
const UNMENTIONED = new Set([
  'accounts',
  'account_details',
  'archive_cleanup',
  'lastlog',
  'lastlog2',
  'cron',
  'smacks_h',
])

/** The accounts in a data folder of Prosody's internal storage (`data_path`, mostly `/var/lib/prosody`). @throws Error when it is none */
export function readProsodyFiles(folder: string): Document {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`)
  const hosts = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'accounts')))
  if (hosts.length === 0) throw new Error(`${folder} has no accounts of Prosody's internal storage in it`)
  const reading = new ProsodyFiles(folder)
  return { events: reading.events(hosts), leftOut: () => reading.leftOut }
}

class ProsodyFiles {
  readonly #folder: string
  readonly leftOut: string[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  *events(hosts: readonly string[]): Generator<PortableEvent> {
    for (const host of hosts) {
      const domain = decodeName(host)
      yield { type: 'host', domain }
      const accounts = namesIn(join(this.#folder, host, 'accounts'), '.dat')
      for (const name of accounts) yield* this.#account(host, name)
      yield { type: 'host-end' }
      this.#mentionOthers(host)
    }
  }

  *#account(host: string, file: string): Generator<PortableEvent> {
    const account = this.#table(host, 'accounts', file)
    if (!account) return
    const password = passwordOf(account)
    yield { type: 'user', name: decodeName(file), ...(password !== undefined && { password }) }
    if (password === undefined) yield* credentialItems(account)
    for (const [store, items] of Object.entries(TABLES)) {
      const table = this.#table(host, store, file)
      if (table) yield* items(table)
    }
    for (const [store, items] of Object.entries(LISTS)) {
      for (const value of this.#list(host, store, file)) yield* items(value, decodeName(host))
    }
    yield { type: 'user-end' }
  }

  #table(host: string, store: string, file: string): LuaTable | undefined {
    const path = join(this.#folder, host, store, `${file}.dat`)
    try {
      const octets = this.#octets(path)
      const value = octets && readLuaFile(octets)
      return isTable(value) ? value : undefined
    } catch (error) {
      this.#unreadable(path, error)
    }
  }

  *#list(host: string, store: string, file: string): Generator<LuaValue> {
    const path = join(this.#folder, host, store, `${file}.list`)
    try {
      const octets = this.#octets(path)
      if (octets) yield* readLuaList(octets)
    } catch (error) {
      this.#unreadable(path, error)
    }
  }

  #octets(path: string): Buffer | undefined {
    if (!existsSync(path)) return undefined
    if (statSync(path).size > MAX_FILE) throw new LuaDataError(`more than ${MAX_FILE} octets`, 0)
    return readFileSync(path)
  }

  #unreadable(path: string, error: unknown): void {
    if (!(error instanceof LuaDataError)) throw error
    this.#mention(`${path} cannot be read from there on, and was left out: ${error.message}`)
  }

  #mentionOthers(host: string): void {
    for (const store of readdirSync(join(this.#folder, host))) {
      if (store in TABLES || store in LISTS || UNMENTIONED.has(store)) continue
      const path = join(this.#folder, host, store)
      const files = statSync(path).isDirectory() ? readdirSync(path).length : 0
      if (files > 0) this.#mention(`${decodeName(host)}: ${decodeName(store)} (${files} files) was left out`)
    }
  }

  #mention(text: string): void {
    if (this.leftOut.length < MAX_LEFT_OUT) this.leftOut.push(text)
  }
}

const namesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort()

/** Names of files have `%2e` for what is neither letter nor digit. */
function decodeName(name: string): string {
  const octets = name.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString('utf8')
}
