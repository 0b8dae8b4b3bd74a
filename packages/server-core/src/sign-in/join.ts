import type { Jid } from '@parlour/jid'
import type { SessionDirectory } from '@parlour/routing'
import type { SaslCrypto } from '@parlour/sasl'
import type { StanzaError } from '@parlour/stanza'
import type { Storage, Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { StreamError } from '@parlour/xml-stream'
import type { Accounts } from '../accounts.ts'
import { BoundedCache } from '../bounded-cache.ts'
import type { ClientSession } from '../client-session.ts'
import type { Host } from '../host.ts'
import type { Logger } from '../logger.ts'
import { readSecret } from '../secret.ts'
import type { ClientStream } from '../stream/session-port.ts'
import { ClientSignIn, type ClientSignInParts } from './client-sign-in.ts'
import { DeviceAccess } from './device-access.ts'
import { DEVICE_STORE, TOKEN_STORE } from './device-record.ts'
import { DeviceTokens } from './device-tokens.ts'
import { Devices } from './devices.ts'
import type { InlineManagement } from './inline-features.ts'
import { DEFAULT_SIGN_IN_SETTINGS, type SignInSettings } from './settings.ts'
import type { SignIns } from './sign-ins.ts'
import { TokenSignIn, type TokenSignInParts } from './token-sign-in.ts'

/** What is offered depends on the connection and on the settings: there are few that differ. */
const OFFERS = 64

/** What of the kernel remembering devices needs. */
export interface SignInKernel {
  readonly accounts: Accounts
  readonly environment: Environment
  readonly directory: Pick<SessionDirectory<ClientSession>, 'sessions'>
  readonly commit: (writes: readonly Write[]) => Promise<void>
  endSession(session: ClientSession, error: StreamError): void
}

/** What of it signing in needs besides. */
export interface BindingKernel {
  readonly streamManagement: InlineManagement
  bind(
    host: Host,
    account: Jid,
    requested: string,
    stream: ClientStream,
    prepare: (session: ClientSession) => void,
  ): ClientSession | StanzaError | Promise<ClientSession>
}

/** What signing in by SASL2 remembers, for all hosts of a kernel. */
export interface SignInMemory {
  readonly devices: Devices
  /** For owners and administrators. */
  readonly access: DeviceAccess
}

export interface SignInMemoryOptions {
  readonly storage: Storage
  readonly log: Logger
  readonly authentication: { readonly crypto: SaslCrypto } & Partial<SignInSettings>
}

export function createSignInMemory(
  kernel: SignInKernel,
  { storage, log, authentication }: SignInMemoryOptions,
): SignInMemory {
  for (const store of [DEVICE_STORE, TOKEN_STORE]) kernel.accounts.ownsStore(store)
  const now = () => kernel.environment.now()
  const { crypto, devices: limits } = authentication
  const devices = new Devices({ storage, commit: kernel.commit, crypto, now, log, limits })
  const access = new DeviceAccess({
    devices,
    now,
    sessions: (account) => kernel.directory.sessions(account.bare.toString()),
    endSession: (session, error) => kernel.endSession(session, error),
  })
  return { devices, access }
}

/** How the clients of one host sign in by SASL2. */
export async function createSignIns(
  kernel: SignInKernel & BindingKernel,
  host: Host,
  devices: Devices,
  storage: Storage,
  authentication: { readonly crypto: SaslCrypto; readonly iterations: number } & Partial<SignInSettings>,
): Promise<SignIns> {
  const { tokens: terms, tokenMechanisms, tokenSecret } = { ...DEFAULT_SIGN_IN_SETTINGS, ...authentication }
  const { crypto, iterations } = authentication
  const randomBytes = (length: number) => kernel.environment.randomBytes(length)
  const now = () => kernel.environment.now()
  const secret = tokenSecret ?? (await readSecret(storage, host.domain, randomBytes, 'tokens'))
  const parts: ClientSignInParts & TokenSignInParts = {
    offers: new BoundedCache(OFFERS),
    ...{ host, devices, secret, crypto, iterations, randomBytes, tokenMechanisms },
    accounts: kernel.accounts,
    tokens: new DeviceTokens({ ...{ devices, accounts: kernel.accounts }, secret, crypto, randomBytes, now, terms }),
    management: kernel.streamManagement,
    bind: (account, resource, stream, prepare) => kernel.bind(host, account, resource, stream, prepare),
    sessions: (account: Jid) => kernel.directory.sessions(account.bare.toString()),
    endSession: (session, error) => kernel.endSession(session, error),
  }
  return {
    create: (server, connection, attempts) =>
      new ClientSignIn(parts, server, new TokenSignIn(parts, connection, attempts)),
  }
}
