import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LuaDataError, type LuaTable, readLuaFile, readLuaList } from './lua-data.ts'
import { elementOf, isTable, stringOf } from './prosody-element.ts'
import type { ProsodyEntry, ProsodyStorage } from './prosody-storage.ts'

/** Octets of one file; none comes near it, since the archive of an account has at most 10,000 messages there. */
const MAX_FILE = 512 * 1024 * 1024

/** Prosody's internal storage: a file for each account and store, below the folder of the domain. */
export class ProsodyFiles implements ProsodyStorage {
  readonly #folder: string
  readonly #note: (text: string) => void

  constructor(folder: string, note: (text: string) => void) {
    this.#folder = folder
    this.#note = note
  }

  hosts(): readonly string[] {
    const names = readdirSync(this.#folder).filter((name) => existsSync(join(this.#folder, name, 'accounts')))
    return names.map(decodeName)
  }

  accounts(host: string): readonly string[] {
    const folder = this.#path(host, 'accounts')
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .filter((name) => name.endsWith('.dat'))
      .map((name) => decodeName(name.slice(0, -'.dat'.length)))
      .sort()
  }

  table(host: string, store: string, account: string): LuaTable | undefined {
    const path = this.#path(host, store, `${encodeName(account)}.dat`)
    try {
      const octets = readIfThere(path)
      const value = octets && readLuaFile(octets)
      return isTable(value) ? value : undefined
    } catch (error) {
      this.#unreadable(path, error)
    }
  }

  *list(host: string, store: string, account: string, namespace: string): Iterable<ProsodyEntry> {
    const path = this.#path(host, store, `${encodeName(account)}.list`)
    try {
      const octets = readIfThere(path)
      for (const value of octets ? readLuaList(octets) : []) {
        const element = elementOf(value, namespace)
        if (!element || !isTable(value)) continue
        const when = value.get('when')
        yield { key: stringOf(value, 'key'), when: typeof when === 'number' ? when : undefined, element }
      }
    } catch (error) {
      this.#unreadable(path, error)
    }
  }

  stores(host: string): ReadonlyMap<string, number> {
    const folder = this.#path(host)
    if (!existsSync(folder)) return new Map()
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const count = (name: string) => new Set(readdirSync(join(folder, name)).map((file) => file.split('.', 1)[0])).size
    return new Map(folders.map(({ name }) => [decodeName(name), count(name)]))
  }

  #path(host: string, store?: string, file?: string): string {
    const names = [encodeName(host), store === undefined ? '' : encodeName(store, /[A-Za-z0-9_]/), file ?? '']
    return join(this.#folder, ...names)
  }

  #unreadable(path: string, error: unknown): void {
    if (!(error instanceof LuaDataError)) throw error
    this.#note(`${path} cannot be read from there on, and was left out: ${error.message}`)
  }
}

function readIfThere(path: string): Buffer | undefined {
  if (!existsSync(path)) return undefined
  if (statSync(path).size > MAX_FILE) throw new LuaDataError(`more than ${MAX_FILE} octets`, 0)
  return readFileSync(path)
}

/** Names of files have `%2e` for octets that are neither letters nor digits; in those of stores, `_` stays. */
function encodeName(name: string, kept = /[A-Za-z0-9]/): string {
  const octets = [...Buffer.from(name, 'utf8').toString('latin1')]
  const encode = (octet: string) => `%${octet.charCodeAt(0).toString(16).padStart(2, '0')}`
  return octets.map((octet) => (kept.test(octet) ? octet : encode(octet))).join('')
}

function decodeName(name: string): string {
  const octets = name.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString('utf8')
}
