import type { Jid } from '@parlour/jid'
import { credentialsOfSaltedPassword, HASH_LENGTHS, type HashName, type SaslCrypto } from '@parlour/sasl'
import type { TaskOutcome } from '@parlour/stream-negotiation'
import { type Element, el } from '@parlour/xml'
import { HASHES } from '../account-record.ts'
import type { Account, Accounts } from '../accounts.ts'
import { fromBase64, toBase64 } from './octets-text.ts'

const NAMESPACE = 'urn:xmpp:scram-upgrade:0'
const PREFIX = 'UPGR-SCRAM-'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** The task that brings a verifier for this hash (XEP-0480 §2.1: the variants without -PLUS only). */
const upgradeTask = (hash: HashName): string => `${PREFIX}${hash}`

const hashOf = (task: string): HashName | undefined => HASHES.find((hash) => upgradeTask(hash) === task)

export interface UpgradesParts {
  readonly accounts: Pick<Accounts, 'find' | 'addCredentials' | 'usableHashes'>
  readonly crypto: SaslCrypto
  readonly iterations: number
  readonly randomBytes: (length: number) => Uint8Array
}

/** SCRAM upgrade tasks (XEP-0480 §3) of one stream: they bring accounts that were imported the verifiers that they lack. */
export class Upgrades {
  readonly #parts: UpgradesParts
  /** The salt that the client was told. */
  #salt: Uint8Array | undefined
  /** The account as it was when the client had proven its password. */
  #proven: Account | undefined

  constructor(parts: UpgradesParts) {
    this.#parts = parts
  }

  /** Those to announce: for hashes that some account of the domain lacks. */
  offered(domain: string): string[] {
    const usable = this.#parts.accounts.usableHashes(domain)
    return HASHES.filter((hash) => hash !== 'SHA-1' && !usable.includes(hash)).map(upgradeTask)
  }

  /** Of the tasks that the client asked for, the first whose verifier the account lacks. */
  async next(account: Jid, asked: readonly string[]): Promise<string | undefined> {
    const found = await this.#parts.accounts.find(account)
    this.#proven = found
    const offered = this.offered(account.domain)
    return asked.find((task) => {
      const hash = hashOf(task)
      return hash !== undefined && offered.includes(task) && found?.credentials(hash) === undefined
    })
  }

  /** First the salt and the count; then the salted password comes, and its verifier is stored. */
  async perform(task: string, isFirst: boolean, content: readonly Element[]): Promise<TaskOutcome> {
    const hash = hashOf(task)
    if (!hash) return { type: 'failure', condition: 'malformed-request' }
    if (isFirst) return this.#begin()
    const text =
      content
        .find((element) => element.is('hash', NAMESPACE))
        ?.text()
        .trim() ?? ''
    const salted = BASE64.test(text) && text.length % 4 === 0 ? fromBase64(text) : undefined
    const salt = this.#salt
    if (!salt || salted?.length !== HASH_LENGTHS[hash]) return { type: 'failure', condition: 'malformed-request' }
    if (await this.#store(hash, salt, salted)) return { type: 'done', content: [] }
    return { type: 'failure', condition: 'not-authorized', text: 'the password was changed' }
  }

  #begin(): TaskOutcome {
    const { randomBytes, iterations } = this.#parts
    this.#salt = randomBytes(16)
    const salt = el('salt', NAMESPACE, { iterations: `${iterations}` }, toBase64(this.#salt))
    return { type: 'data', content: [salt] }
  }

  /** False: the password has been changed meanwhile, and with it what this one was to be kept beside. */
  async #store(hash: HashName, salt: Uint8Array, salted: Uint8Array): Promise<boolean> {
    const { accounts, crypto, iterations } = this.#parts
    this.#salt = undefined
    const added = await credentialsOfSaltedPassword(salted, { hash, salt, iterations, crypto })
    return this.#proven !== undefined && accounts.addCredentials(this.#proven, added)
  }
}
