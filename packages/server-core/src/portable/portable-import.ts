import { createJid, type Jid, JidError } from '@parlour/jid'
import type { FoundEvent } from '@parlour/portable-data'
import type { Host } from '../host.ts'
import { AccountImport } from './account-import.ts'
import type { PortableKernel } from './export-account.ts'
import { type AccountImportReport, ImportCount } from './import-report.ts'
import type { ImportMode } from './portable-part.ts'

/** Accounts under way at a time: they share commits, and keys are derived in several threads. */
const MAX_ACCOUNTS = 32
/** Items that wait for their turn. */
const MAX_ITEMS = 256

/**
 * Takes accounts over from a document of XEP-0227, event by event. Those of domains that are not served are left out. What is
 * there already changes nothing, so an import that was broken off can be repeated.
 *
 * @example
 * ```ts
 * const importing = new PortableImport(kernel, { isTrial: false, replaces: false })
 * for (const chunk of chunks) for (const event of reader.write(chunk)) await importing.take(event)
 * for (const event of reader.end()) await importing.take(event)
 * for (const report of await importing.end()) console.log(report.account, report.state)
 * ```
 */
export class PortableImport {
  readonly #kernel: PortableKernel
  readonly #mode: ImportMode
  readonly #underWay = new Set<Promise<void>>()
  #items = 0
  #reports: AccountImportReport[] = []
  #domain = ''
  #account: AccountImport | undefined
  /** What is being done for that account. */
  #work: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  constructor(kernel: PortableKernel, mode: ImportMode) {
    this.#kernel = kernel
    this.#mode = mode
  }

  /** Resolves when the next event may come. Rejects when the storage failed; nothing may be given to it then. */
  async take(event: FoundEvent): Promise<void> {
    this.#assertNoFailure()
    if (event.type === 'host') this.#domain = event.domain
    else if (event.type === 'host-end') this.#domain = ''
    else if (event.type === 'user') await this.#begin(event.name, event.password)
    else if (event.type === 'user-end') this.#end()
    else if (event.type === 'item' && this.#account) {
      const account = this.#account
      this.#items++
      this.#then(() => account.take(event.element, event.within).finally(() => this.#items--))
      if (this.#items >= MAX_ITEMS) await this.#work
    }
    this.#assertNoFailure()
  }

  /** The accounts that are done since the last call. */
  reports(): readonly AccountImportReport[] {
    const reports = this.#reports
    this.#reports = []
    return reports
  }

  /** Resolves with the last reports, when everything is durable. */
  async end(): Promise<readonly AccountImportReport[]> {
    await Promise.all(this.#underWay)
    this.#assertNoFailure()
    return this.reports()
  }

  async #begin(name: string, password: string | undefined): Promise<void> {
    const host = hostOf(this.#kernel, this.#domain)
    const jid = host && accountOf(name, host.domain)
    this.#account = undefined
    if (!host || !jid) {
      const count = new ImportCount()
      count.note(host ? 'that is no address' : 'its domain is not served here')
      this.#reports.push(count.report(`${name}@${this.#domain}`, 'left'))
      return
    }
    while (this.#underWay.size >= MAX_ACCOUNTS) await Promise.race(this.#underWay)
    const account = new AccountImport(this.#kernel, host, jid, this.#mode)
    this.#account = account
    this.#work = Promise.resolve()
    this.#then(() => account.begin(password))
  }

  #end(): void {
    const account = this.#account
    this.#account = undefined
    if (!account) return
    this.#then(async () => void this.#reports.push(await account.end()))
    const work = this.#work
    this.#underWay.add(work)
    void work.then(() => this.#underWay.delete(work))
  }

  /** Never rejects: the failure is told by whoever comes next. */
  #then(next: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#failure ? undefined : next()))
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
  }

  #assertNoFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}

function hostOf({ router }: PortableKernel, domain: string): Host | undefined {
  return orNothing(() => router.host(createJid('', domain).domain))
}

function accountOf(name: string, domain: string): Jid | undefined {
  return orNothing(() => createJid(name, domain))
}

function orNothing<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}
