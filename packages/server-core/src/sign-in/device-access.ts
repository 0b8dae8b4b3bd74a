import type { Jid } from '@parlour/jid'
import { StreamError } from '@parlour/xml-stream'
import type { ClientSession } from '../client-session.ts'
import type { DeviceRecord, SignInMethod } from './device-record.ts'
import type { Devices } from './devices.ts'

/** A device that has access to an account (XEP-0494 §3.1). */
export interface AccountDevice {
  /** By which it is revoked; says nothing else. */
  readonly id: string
  /** As the device named itself when it signed in. */
  readonly software: string | undefined
  readonly device: string | undefined
  /** Milliseconds since 1970 of the first sign-in and, exact to an hour, of the last one. */
  readonly firstSeen: number
  readonly lastSeen: number
  /** It has a session, or one that may yet be resumed. */
  readonly isConnected: boolean
  /** In which ways it has signed in; by password: since that was changed last. */
  readonly methods: readonly SignInMethod[]
  /** It has a token that it may sign in with. */
  readonly hasToken: boolean
}

/** A session of a program that did not name itself when it signed in. */
export interface UnnamedSession {
  /** By which it is ended. */
  readonly id: string
  readonly resource: string
  /** Milliseconds since 1970. */
  readonly since: number
}

/** Of ids of devices, none contains it. */
const UNNAMED = 'session:'

/** What became of a revocation; `password-known`: it has access until the password is changed (XEP-0494 §3.2). */
export type Revocation = 'revoked' | 'password-known' | 'unknown'

export interface DeviceAccessParts {
  readonly devices: Devices
  readonly now: () => number
  sessions(account: Jid): readonly ClientSession[]
  endSession(session: ClientSession, error: StreamError): void
}

const REVOKED = new StreamError('not-authorized', 'the access of this device was revoked')

/** The devices of accounts, for their owners and for those who run the server. */
export class DeviceAccess {
  readonly #parts: DeviceAccessParts

  constructor(parts: DeviceAccessParts) {
    this.#parts = parts
  }

  /** The devices that have named themselves and can still sign in or are there, those that came last first. */
  async list(account: Jid): Promise<AccountDevice[]> {
    const { devices } = this.#parts
    const found = [...(await devices.all(account))].sort((a, b) => b[1].last - a[1].last)
    const described = await Promise.all(found.map(([id, record]) => this.#describe(account, id, record)))
    return described.filter(hasAccess)
  }

  /** The sessions of programs that have not named themselves; how they signed in is not known. */
  unnamed(account: Jid): UnnamedSession[] {
    return this.#unnamedSessions(account).map(({ resource, boundAt }) => ({
      id: UNNAMED + resource,
      resource,
      since: boundAt,
    }))
  }

  /**
   * Voids the tokens of a device, ends its sessions, and forgets it, unless it knows the password: it then stays in the
   * list until that is changed. Of an {@link unnamed} session, ends that. Durable when the promise resolves.
   */
  async revoke(account: Jid, id: string): Promise<Revocation> {
    const { devices } = this.#parts
    const unnamed = this.#unnamedSessions(account).find(({ resource }) => UNNAMED + resource === id)
    if (unnamed) {
      this.#parts.endSession(unnamed, REVOKED)
      return 'password-known'
    }
    const record = (await devices.all(account)).get(id)
    if (!record) return 'unknown'
    const isPasswordKnown = record.methods.includes('password')
    if (isPasswordKnown) await devices.voidTokens(account, id)
    else if (!(await devices.remove(account, id))) return 'unknown'
    for (const session of this.#sessionsOf(account, id)) this.#parts.endSession(session, REVOKED)
    return isPasswordKnown ? 'password-known' : 'revoked'
  }

  async #describe(account: Jid, id: string, record: DeviceRecord): Promise<AccountDevice> {
    const { current, fresh } = await this.#parts.devices.tokens(account, id)
    const now = this.#parts.now()
    return {
      id,
      software: record.software,
      device: record.device,
      firstSeen: record.first,
      lastSeen: record.last,
      isConnected: this.#sessionsOf(account, id).length > 0,
      methods: record.methods,
      hasToken: [current, fresh].some((token) => token !== undefined && token.expires > now),
    }
  }

  #unnamedSessions(account: Jid): ClientSession[] {
    const { devices, sessions } = this.#parts
    return sessions(account).filter((session) => devices.ofSession(session) === undefined)
  }

  #sessionsOf(account: Jid, id: string): ClientSession[] {
    const { devices, sessions } = this.#parts
    return sessions(account).filter((session) => devices.ofSession(session) === id)
  }
}

/** A certificate and a password are good until they are changed, a token while there is one. */
const hasAccess = ({ methods, hasToken, isConnected }: AccountDevice): boolean =>
  isConnected || hasToken || methods.some((method) => method !== 'token')
