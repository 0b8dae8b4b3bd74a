import type { Jid } from '@parlour/jid'
import { CONTAINERS, PortableDataError, PortableDataReader, PortableDataWriter } from '@parlour/portable-data'
import {
  type AccountImportReport,
  exportAccount,
  type ImportMode,
  type Kernel,
  PortableImport,
} from '@parlour/server-core'
import { beginningOf } from '@parlour/xml'
import { AdministrationError } from './protocol.ts'

/** UTF-16 units of one piece of an export: written as JSON, it fits into an answer. */
const PIECE = 512 * 1024
const MAX_TRANSFERS = 64

/** A piece of a document. */
export interface ExportPiece {
  readonly text: string
  readonly isLast: boolean
}

interface Transfer {
  /** Whose it is; aborted when the command is gone. */
  readonly signal: AbortSignal
  readonly running: Export | Import
}

/** The exports and imports that commands have under way, each for the connection that began it. */
export class Transfers {
  readonly #underWay = new Map<number, Transfer>()
  #last = 0

  /** @throws AdministrationError `busy` */
  begin(running: Export | Import, signal: AbortSignal): number {
    if (this.#underWay.size >= MAX_TRANSFERS)
      throw new AdministrationError('busy', 'too many exports and imports are under way: try again later')
    const id = ++this.#last
    this.#underWay.set(id, { signal, running })
    signal.addEventListener('abort', () => this.end(id), { once: true })
    return id
  }

  /** @throws AdministrationError `unknown-transfer` */
  find<Kind extends Export | Import>(id: number, signal: AbortSignal, kind: new (...values: never[]) => Kind): Kind {
    const found = this.#underWay.get(id)
    if (found?.signal === signal && found.running instanceof kind) return found.running
    throw new AdministrationError('unknown-transfer', 'there is no such export or import: begin again')
  }

  end(id: number): void {
    const found = this.#underWay.get(id)
    this.#underWay.delete(id)
    if (found?.running instanceof Export) found.running.stop()
  }
}

/** An account on its way out, a piece at a time: nothing is read before it is asked for. */
export class Export {
  readonly #events: ReturnType<typeof exportAccount>
  readonly #writer = new PortableDataWriter()
  #text = ''
  #isRead = false

  constructor(kernel: Kernel, account: Jid) {
    this.#events = exportAccount(kernel, account)
  }

  /** @throws AccountError `not-found`, with the first piece */
  async read(): Promise<ExportPiece> {
    while (!this.#isRead && this.#text.length < PIECE) {
      const { value, done } = await this.#events.next()
      this.#isRead = done === true
      this.#text += value ? this.#writer.write(value) : this.#writer.end()
    }
    const text = beginningOf(this.#text, PIECE)
    this.#text = this.#text.slice(text.length)
    return { text, isLast: this.#isRead && this.#text === '' }
  }

  stop(): void {
    void this.#events.return(undefined)
  }
}

/** Accounts on their way in. */
export class Import {
  readonly #reader: PortableDataReader
  readonly #accounts: PortableImport

  constructor(kernel: Kernel, domains: readonly string[], mode: ImportMode) {
    const own = domains.flatMap((domain) => kernel.router.host(domain)?.portable.containers ?? [])
    this.#reader = new PortableDataReader({ containers: [...CONTAINERS, ...own] })
    this.#accounts = new PortableImport(kernel, mode)
  }

  /** @throws AdministrationError `bad-document` */
  async write(text: string): Promise<readonly AccountImportReport[]> {
    for (const event of this.#read(() => this.#reader.write(text))) await this.#accounts.take(event)
    return this.#accounts.reports()
  }

  /** @throws AdministrationError `bad-document` */
  async end(): Promise<readonly AccountImportReport[]> {
    for (const event of this.#read(() => this.#reader.end())) await this.#accounts.take(event)
    return this.#accounts.end()
  }

  #read<Found>(read: () => Found): Found {
    try {
      return read()
    } catch (error) {
      if (error instanceof PortableDataError)
        throw new AdministrationError('bad-document', error.message, { cause: error })
      throw error
    }
  }
}
