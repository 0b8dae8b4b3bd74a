import type { Jid } from '@parlour/jid'
import type { SaslServer } from '@parlour/sasl'
import type { Storage } from '@parlour/storage'
import { StreamError } from '@parlour/xml-stream'
import type { Host } from '../host.ts'
import type { Kernel } from '../kernel.ts'
import type { Logger } from '../logger.ts'
import { readSecret } from '../secret.ts'
import type { ThrottledAttempts } from '../sign-in-throttle.ts'
import type { SignIn } from '../stream/sign-in.ts'
import type { AuthenticationOptions } from '../stream-host.ts'
import { ClientSignIn, type ClientSignInParts } from './client-sign-in.ts'
import { DeviceAccess } from './device-access.ts'
import { DEVICE_STORE, TOKEN_STORE } from './device-record.ts'
import { DeviceTokens } from './device-tokens.ts'
import { Devices } from './devices.ts'
import { DEFAULT_SIGN_IN_SETTINGS, type SignInSettings } from './settings.ts'
import { type TokenConnection, TokenSignIn, type TokenSignInParts } from './token-sign-in.ts'

const REPLACED = new StreamError('conflict', 'a newer session of the same client took its place')

/** Makes, for each stream, how its client signs in. */
export interface SignIns {
  create(server: SaslServer, connection: TokenConnection, attempts: ThrottledAttempts): SignIn
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
  readonly authentication: Pick<AuthenticationOptions, 'crypto'> & Partial<SignInSettings>
}

export function createSignInMemory(
  kernel: Pick<Kernel, 'accounts' | 'commit' | 'environment' | 'directory' | 'endSession'>,
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
  kernel: Kernel,
  host: Host,
  devices: Devices,
  storage: Storage,
  authentication: Pick<AuthenticationOptions, 'crypto' | 'iterations'> & Partial<SignInSettings>,
): Promise<SignIns> {
  const { tokens: terms, tokenMechanisms } = { ...DEFAULT_SIGN_IN_SETTINGS, ...authentication }
  const { crypto, iterations } = authentication
  const randomBytes = (length: number) => kernel.environment.randomBytes(length)
  const now = () => kernel.environment.now()
  const secret = await readSecret(storage, host.domain, randomBytes, 'tokens')
  const parts: ClientSignInParts & TokenSignInParts = {
    ...{ host, devices, secret, crypto, iterations, randomBytes, tokenMechanisms },
    accounts: kernel.accounts,
    tokens: new DeviceTokens({ devices, secret, crypto, randomBytes, now, terms }),
    management: kernel.streamManagement,
    bind: (account, resource, stream, prepare) => kernel.bind(host, account, resource, stream, prepare),
    sessions: (account: Jid) => kernel.directory.sessions(account.bare.toString()),
    replace: (session) => kernel.endSession(session, REPLACED),
  }
  return {
    create: (server, connection, attempts) =>
      new ClientSignIn(parts, server, new TokenSignIn(parts, connection, attempts)),
  }
}
