import { DatabaseSync } from 'node:sqlite'
import type { Element } from '@parlour/xml'
import { type EjabberdArchive, type EjabberdMessage, messageOf, preferencesElement } from './ejabberd-archive.ts'
import { readErlangTerm } from './erlang-term.ts'

interface MessageRow {
  readonly id: number
  readonly timestamp: number | bigint
  readonly xml: string
}

/** The tables `archive` and `archive_prefs` of ejabberd's SQLite database, in the schema of old or with a column for the host. */
export class EjabberdSql implements EjabberdArchive {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #note: (text: string) => void
  readonly #hasHosts: boolean

  /** @throws Error when there is no archive in it */
  constructor(file: string, note: (text: string) => void) {
    this.#file = file
    this.#note = note
    this.#db = new DatabaseSync(file, { readOnly: true })
    const columns = this.#db.prepare("select name from pragma_table_info('archive')").all()
    this.#hasHosts = columns.some(({ name }) => name === 'server_host')
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

  [Symbol.dispose](): void {
    this.#db.close()
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
