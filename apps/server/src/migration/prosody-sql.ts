import { DatabaseSync } from 'node:sqlite'
import { parseXml } from '@parlour/xml'
import type { LuaTable, LuaValue } from './lua-data.ts'
import { octetsOf, readProsodyJson } from './prosody-json.ts'
import type { ProsodyEntry, ProsodyStorage } from './prosody-storage.ts'

/** A value, as octets and with what it is: Lua's strings need not be text. */
interface ValueRow {
  readonly key: string
  readonly type: string
  readonly value: Uint8Array
}

interface ArchiveRow extends ValueRow {
  readonly sort_id: number
  readonly when: number
}

const VALUE = 'cast(value as blob) as value'
const WHOSE = 'where host = ? and user = ? and store = ?'
const HOSTS = "select distinct host from prosody where store = 'accounts' and user <> '' order by host"
const ACCOUNTS = "select distinct user from prosody where host = ? and store = 'accounts' and user <> '' order by user"
const TABLE = `select key, type, ${VALUE} from prosody ${WHOSE}`
const LIST = `select sort_id, key, "when", type, ${VALUE} from prosodyarchive ${WHOSE} order by sort_id`
const STORES = `select store, count(distinct user) as users from prosody where host = ? group by store
  union all select store, count(distinct user) from prosodyarchive where host = ? group by store`

/** What `mod_storage_sql` keeps in SQLite: tables of keys and values, and archives. */
export class ProsodySql implements ProsodyStorage, Disposable {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #note: (text: string) => void

  /** @throws Error when the file is no database of Prosody's */
  constructor(file: string, note: (text: string) => void) {
    this.#file = file
    this.#note = note
    this.#db = new DatabaseSync(file, { readOnly: true })
    const tables = this.#db.prepare("select name from sqlite_schema where name in ('prosody', 'prosodyarchive')").all()
    if (tables.length === 2) return
    this.#db.close()
    throw new Error(`${file} is no database of Prosody's: it has no tables prosody and prosodyarchive`)
  }

  hosts(): readonly string[] {
    return this.#db
      .prepare(HOSTS)
      .all()
      .map(({ host }) => String(host))
  }

  accounts(host: string): readonly string[] {
    return this.#db
      .prepare(ACCOUNTS)
      .all(host)
      .map(({ user }) => String(user))
  }

  /** Under the key '' stands what has no text for a key, as one table. */
  table(host: string, store: string, account: string): LuaTable | undefined {
    const table = new Map<boolean | number | string, LuaValue>()
    for (const row of this.#db.prepare(TABLE).iterate(host, account, store) as Iterable<object> as Iterable<ValueRow>) {
      const value = this.#read(`table prosody, ${store} of ${account}@${host}, key ${row.key}`, () => luaValueOf(row))
      if (row.key !== '') table.set(octetsOf(row.key), value)
      else if (typeof value === 'object') for (const [key, each] of value) table.set(key, each)
    }
    return table.size > 0 ? table : undefined
  }

  *list(host: string, store: string, account: string, namespace: string): Iterable<ProsodyEntry> {
    for (const row of this.#db
      .prepare(LIST)
      .iterate(host, account, store) as Iterable<object> as Iterable<ArchiveRow>) {
      const { sort_id: number, key, when, type, value } = row
      const element = this.#read(`table prosodyarchive, row ${number}`, () => {
        if (type !== 'xml') throw new Error(`a ${type} where XML is expected`)
        return parseXml(Buffer.from(value).toString('utf8')).withNamespace('', namespace)
      })
      if (element) yield { key, when, element }
    }
  }

  stores(host: string): ReadonlyMap<string, number> {
    return new Map(
      this.#db
        .prepare(STORES)
        .all(host, host)
        .map(({ store, users }) => [String(store), Number(users)]),
    )
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #read<Value>(place: string, read: () => Value): Value | undefined {
    try {
      return read()
    } catch (error) {
      this.#note(`${this.#file}, ${place} cannot be read, and was left out: ${(error as Error).message}`)
      return undefined
    }
  }
}

function luaValueOf({ type, value }: ValueRow): LuaValue {
  const octets = Buffer.from(value)
  if (type === 'string') return octets.toString('latin1')
  const text = octets.toString('utf8')
  if (type === 'boolean') return text === 'true'
  if (type === 'number') return Number(text)
  if (type === 'json') return readProsodyJson(text)
  throw new Error(`a ${type} where a value is expected`)
}
