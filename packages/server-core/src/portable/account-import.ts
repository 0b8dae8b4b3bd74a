import type { Jid } from '@parlour/jid'
import type { ElementName } from '@parlour/portable-data'
import { SaslError, type ScramCredentials } from '@parlour/sasl'
import type { Element } from '@parlour/xml'
import { type Account, HASHES } from '../account-record.ts'
import { AccountError, assertPassword } from '../accounts.ts'
import type { Host } from '../host.ts'
import {
  hasCredentials,
  isAccountElement,
  isCredentialElement,
  readAccountElement,
  readCredentialElement,
} from './account-parts.ts'
import type { PortableKernel } from './export-account.ts'
import { type AccountImportReport, ImportCount } from './import-report.ts'
import type { ImportMode, ImportOutcome, ImportOutcomes, PartImport, PortablePart } from './portable-part.ts'

const PASSWORD = 'password'

/** Takes one account over, item by item. */
export class AccountImport {
  readonly #kernel: PortableKernel
  readonly #host: Host
  readonly #jid: Jid
  readonly #mode: ImportMode
  readonly #count = new ImportCount()
  readonly #parts = new Map<PortablePart, PartImport>()
  readonly #credentials: ScramCredentials[] = []
  #password: string | undefined
  /** As it was before. */
  #before: Account | undefined

  constructor(kernel: PortableKernel, host: Host, jid: Jid, mode: ImportMode) {
    this.#kernel = kernel
    this.#host = host
    this.#jid = jid
    this.#mode = mode
  }

  /** Of a password in plain text only verifiers are stored. */
  async begin(password: string | undefined): Promise<void> {
    this.#password = password
    this.#before = await this.#kernel.accounts.find(this.#jid)
    if (!this.#before && !this.#mode.isTrial) await this.#kernel.accounts.adopt(this.#jid)
  }

  async take(element: Element, within: ElementName | undefined): Promise<void> {
    if (isCredentialElement(element)) this.#takeCredentials(element)
    else if (isAccountElement(element)) await this.#takeFacts(element)
    else await this.#takeItem(element, within)
  }

  async end(): Promise<AccountImportReport> {
    for (const part of this.#parts.values()) await part.finish?.()
    const outcome = await this.#settlePassword()
    if (outcome) this.#count.add(PASSWORD, outcome)
    else if (!this.#before)
      this.#count.note('there is no password for it: give it one with parlour user passwd, or nobody can sign in')
    return this.#count.report(this.#jid.toString(), this.#before ? 'existing' : 'created')
  }

  async #takeItem(element: Element, within: ElementName | undefined): Promise<void> {
    const part = this.#host.portable.find(element, within)
    if (!part) {
      const { name, namespace } = within ?? element
      this.#count.note(`left out, as nothing here takes it: <${name} xmlns='${namespace}'/>`)
      return
    }
    const taking = this.#parts.get(part) ?? part.import(this.#jid, this.#mode)
    this.#parts.set(part, taking)
    const outcomes = await taking.take(element)
    for (const outcome of isSeveral(outcomes) ? outcomes : [outcomes]) this.#count.add(part.title, outcome)
  }

  #takeCredentials(element: Element): void {
    const credentials = readCredentialElement(element)
    if (credentials) this.#credentials.push(credentials)
    else this.#count.note(`${PASSWORD}: ${element.attribute('mechanism')} is not known here, or its keys are not valid`)
  }

  async #takeFacts(element: Element): Promise<void> {
    if (this.#before || this.#mode.isTrial) return
    await this.#kernel.accounts.setFacts(this.#jid, readAccountElement(element))
  }

  async #settlePassword(): Promise<ImportOutcome | undefined> {
    if (this.#password === undefined && this.#credentials.length === 0) return undefined
    try {
      return await this.#placePassword(HASHES.some((hash) => this.#before?.credentials(hash)))
    } catch (error) {
      // What cannot be a password; the message does not tell it.
      if (error instanceof SaslError || error instanceof AccountError)
        return { result: 'refused', reason: error.message }
      throw error
    }
  }

  async #placePassword(hasOne: boolean): Promise<ImportOutcome> {
    if (hasOne && (await this.#isSame())) return 'unchanged'
    if (hasOne && !this.#mode.replaces) return { result: 'kept', reason: 'the account has another one here' }
    if (this.#password !== undefined) assertPassword(this.#password)
    if (!this.#mode.isTrial) await this.#store()
    return hasOne ? 'replaced' : 'added'
  }

  async #isSame(): Promise<boolean> {
    if (this.#password !== undefined) return this.#kernel.accounts.isPassword(this.#jid, this.#password)
    return this.#credentials.every((each) => this.#before && hasCredentials(this.#before, each))
  }

  /** The password, where there is one, makes verifiers for every mechanism. */
  #store(): Promise<void> {
    const { accounts } = this.#kernel
    if (this.#password !== undefined) return accounts.setPassword(this.#jid, this.#password)
    return accounts.setCredentials(this.#jid, this.#credentials)
  }
}

const isSeveral = (outcomes: ImportOutcomes): outcomes is readonly ImportOutcome[] => Array.isArray(outcomes)
