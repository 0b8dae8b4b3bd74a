import type { Jid } from '@parlour/jid'
import { AccountError, type IqRequest, type ModuleHost, type UnauthenticatedContext } from '@parlour/server-core'
import { type Iq, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { Attempts } from './attempts.ts'
import { accountAddress } from './username.ts'
import { type RegistrationAction, readRegistrationAction, registrationFieldsElement } from './wire.ts'

/** All that is configured, defaults filled in. */
export interface RegistrationRules {
  readonly encryptionRequired: boolean
  readonly passwordChange: boolean
  readonly removal: boolean
  readonly maxPerAddress: number
  readonly perSeconds: number
  readonly maxUsernameLength: number
  readonly minPasswordLength: number
  readonly reservedNames: boolean
  readonly instructions: string
}

const FIELDS = ['username', 'password'] as const

/** Registers accounts for who has none; changes and removes the account of the stream that asks, and no other. */
export class Registration {
  readonly #host: Pick<ModuleHost, 'domain' | 'accounts' | 'now' | 'log'>
  readonly #rules: RegistrationRules
  readonly #attempts: Attempts
  /** Streams that have made their account. */
  readonly #done = new WeakSet<UnauthenticatedContext>()

  constructor(host: Pick<ModuleHost, 'domain' | 'accounts' | 'now' | 'log'>, rules: RegistrationRules) {
    this.#host = host
    this.#rules = rules
    this.#attempts = new Attempts(rules.maxPerAddress, rules.perSeconds * 1000)
  }

  /** XEP-0077 §3.1.1: on a stream that has not authenticated. */
  async register(iq: Iq, stream: UnauthenticatedContext): Promise<Element | undefined> {
    const { instructions, encryptionRequired } = this.#rules
    if (encryptionRequired && !stream.secure)
      throw new StanzaError('not-authorized', 'the stream needs encryption', { type: 'modify' })
    if (iq.type === 'get') return registrationFieldsElement({ instructions, fields: FIELDS })
    const action = readRegistrationAction(iq.payload as Element)
    // §3.2, §3.3: `unexpected-request` where no account is signed in.
    if (action.type !== 'submit') throw new StanzaError('unexpected-request')
    await this.#create(action, stream)
    return undefined
  }

  /** XEP-0077 §3.1: what is on file for who is signed in. */
  describe({ from }: IqRequest): Element {
    const { instructions } = this.#rules
    return registrationFieldsElement({ instructions, fields: FIELDS, registered: from.local })
  }

  /** XEP-0077 §3.2, §3.3: for the account of the stream; the address in the request does not matter. */
  async change({ payload, session }: IqRequest): Promise<undefined> {
    const action = readRegistrationAction(payload)
    if (!session) throw new StanzaError('forbidden')
    if (action.type === 'ambiguous') throw new StanzaError('bad-request', 'remove comes alone')
    const isAllowed = action.type === 'remove' ? this.#rules.removal : this.#rules.passwordChange
    if (!isAllowed) throw new StanzaError('not-allowed')
    if (this.#rules.encryptionRequired && !session.stream.secure)
      throw new StanzaError('not-authorized', 'the stream needs encryption', { type: 'modify' })
    return action.type === 'remove' ? this.#remove(session.jid) : this.#changePassword(session.jid, action)
  }

  async #create(
    { username, password }: Extract<RegistrationAction, { type: 'submit' }>,
    stream: UnauthenticatedContext,
  ) {
    if (!username || !password) throw new StanzaError('not-acceptable', 'username and password are needed')
    const { maxUsernameLength: max, reservedNames: reserved } = this.#rules
    const jid = accountAddress(username, this.#host.domain, { max, reserved })
    this.#assertPassword(password)
    if (this.#done.has(stream)) throw new StanzaError('not-acceptable', 'one account for each connection')
    if (!this.#attempts.take(stream.remoteAddress, this.#host.now()))
      throw new StanzaError('resource-constraint', 'too many registrations from this address', { type: 'wait' })
    this.#done.add(stream)
    try {
      await this.#host.accounts.create(jid, password)
    } catch (error) {
      this.#done.delete(stream)
      throw refusal(error)
    }
    this.#host.log.info({ account: jid.toString(), address: stream.remoteAddress }, 'registered')
  }

  async #changePassword(
    jid: Jid,
    { username, password }: Extract<RegistrationAction, { type: 'submit' }>,
  ): Promise<undefined> {
    if (username === undefined || !password) throw new StanzaError('bad-request', 'username and password are needed')
    const named = accountAddress(username, this.#host.domain, { max: Number.POSITIVE_INFINITY, reserved: false })
    if (!named.equals(jid.bare)) throw new StanzaError('not-allowed', 'this is not your username')
    this.#assertPassword(password)
    await this.#host.accounts.setPassword(jid.bare, password).catch((error: unknown) => {
      throw refusal(error)
    })
  }

  /** XEP-0077 §3.2: the account goes; after the result, the kernel ends its sessions with `not-authorized`. */
  async #remove(jid: Jid): Promise<undefined> {
    await this.#host.accounts.remove(jid.bare).catch((error: unknown) => {
      throw refusal(error)
    })
    this.#host.log.info({ account: jid.bare.toString() }, 'removed itself')
  }

  #assertPassword(password: string): void {
    const { minPasswordLength: min } = this.#rules
    if ([...password].length < min)
      throw new StanzaError('not-acceptable', `a password has at least ${min} characters here`)
  }
}

const CONDITIONS = {
  exists: 'conflict',
  'not-found': 'registration-required',
  'empty-password': 'not-acceptable',
} as const

function refusal(error: unknown): unknown {
  if (error instanceof AccountError) return new StanzaError(CONDITIONS[error.code], undefined, { cause: error })
  if (error instanceof Error && error.name === 'SaslError')
    return new StanzaError('not-acceptable', 'this cannot be a password', { cause: error })
  return error
}
