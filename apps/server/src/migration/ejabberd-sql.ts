import { DatabaseSync } from 'node:sqlite'
import { type Element, parseXml } from '@parlour/xml'
import {
  type EjabberdArchive,
  type EjabberdMessage,
  type EjabberdNode,
  messageOf,
  preferencesElement,
} from './ejabberd-archive.ts'
import { readErlangTerm } from './erlang-term.ts'
import type { PublishedItem } from './pep-items.ts'

interface MessageRow {
  readonly id: number
  readonly timestamp: number | bigint
  readonly xml: string
}

interface ItemRow {
  readonly rowid: number
  readonly itemid: string
  readonly payload: string
}

/** The tables of `mod_mam` and `mod_pubsub` in ejabberd's SQLite database, in the schema of old or with a column for the host. */
export class EjabberdSql implements EjabberdArchive {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #note: (text: string) => void
  readonly #hasHosts: boolean
  readonly #hasNodes: boolean

  /** @throws Error when there is no archive in it */
  constructor(file: string, note: (text: string) => void) {
    this.#file = file
    this.#note = note
    this.#db = new DatabaseSync(file, { readOnly: true })
    const columnsOf = (table: string) => this.#db.prepare('select name from pragma_table_info(?)').all(table)
    const columns = columnsOf('archive')
    this.#hasHosts = columns.some(({ name }) => name === 'server_host')
    this.#hasNodes = columnsOf('pubsub_node').length > 0 && columnsOf('pubsub_item').length > 0
    if (columns.length > 0) return
    this.#db.close()
    throw new Error(`${file} is no database of ejabberd's with archives: it has no table archive`)
  }

  preferences(user: string, host: string): Element | undefined {
    const row = this.#db
      .prepare(`select def, always, never from archive_prefs ${this.#whose}`)
      .get(...this.#of(user, host))
    if (!row) return undefined
    return this.#read(`the preferences of ${user}@${host}`, () => {
      const [always, never] = [row.always, row.never].map((text) =>
        readErlangTerm(Buffer.from(String(text)).toString('latin1')),
      )
      return preferencesElement(String(row.def), always ?? [], never ?? [])
    })
  }

  *messages(user: string, host: string): Iterable<EjabberdMessage> {
    const rows = this.#db.prepare(`select id, timestamp, xml from archive ${this.#whose} order by timestamp, id`)
    for (const row of rows.iterate(...this.#of(user, host)) as Iterable<object> as Iterable<MessageRow>) {
      const message = this.#read(`row ${row.id} of archive`, () => ({
        id: String(row.timestamp),
        message: messageOf(row.xml),
      }))
      // Without a column for the host, others of the name may have messages in the table.
      if (message && (this.#hasHosts || isOf(message.message, `${user}@${host}`))) yield message
    }
  }

  nodes(user: string, host: string): readonly EjabberdNode[] {
    if (!this.#hasNodes) return []
    const rows = this.#db.prepare('select nodeid, node from pubsub_node where host = ? order by nodeid')
    return rows.all(`${user}@${host}`).map(({ nodeid, node }) => ({
      name: String(node),
      items: () => this.#items(Number(nodeid)),
    }))
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  *#items(node: number): Iterable<PublishedItem> {
    const rows = this.#db.prepare(
      'select rowid, itemid, payload from pubsub_item where nodeid = ? order by modification, rowid',
    )
    for (const { rowid, itemid, payload } of rows.iterate(node) as Iterable<object> as Iterable<ItemRow>) {
      const item = this.#read(`row ${rowid} of pubsub_item`, () => ({
        key: itemid,
        element: payload === '' ? undefined : parseXml(payload),
      }))
      if (item) yield item
    }
  }

  get #whose(): string {
    return this.#hasHosts ? 'where username = ? and server_host = ?' : 'where username = ?'
  }

  #of(user: string, host: string): string[] {
    return this.#hasHosts ? [user, host] : [user]
  }

  #read<Value>(place: string, read: () => Value): Value | undefined {
    try {
      return read()
    } catch (error) {
      this.#note(`${this.#file}: ${place} cannot be read, and was left out: ${(error as Error).message}`)
      return undefined
    }
  }
}

const isOf = (message: Element, account: string): boolean =>
  ['from', 'to'].some((name) => message.attribute(name)?.split('/', 1)[0] === account)
