import type { HashName, SaslCrypto } from '../crypto.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { ChannelBindings } from '../mechanism.ts'
import type { SaslOffer } from '../scram/downgrade-protection.ts'
import type { CredentialsPort } from './options.ts'
import type { SaslOutcome } from './outcome.ts'

/** The options of the server half with every default filled in, as its mechanisms see them. */
export interface ServerContext {
  readonly domain: string
  readonly tls: boolean
  readonly channelBindings: Pick<ChannelBindings, 'size' | 'get'>
  readonly plusOffered: boolean
  /** What is signed against downgrades; `undefined`: nothing is. */
  readonly offer: SaslOffer | undefined
  /** The value of XEP-0515's attribute. */
  readonly tlsVersion: string | undefined
  readonly credentials: CredentialsPort
  readonly secret: Uint8Array
  readonly randomBytes: (length: number) => Uint8Array
  readonly crypto: SaslCrypto
  readonly iterations: number
  readonly plainHash: HashName
  readonly externalIdentities: readonly string[]
  readonly prepareUsername: (username: string) => string | undefined
  readonly preparePassword: (password: string) => string | undefined
  readonly authorize: (identity: string, authorizationId: string) => MaybePromise<boolean>
}

/** What a step answers: what to tell the client, and what is then waited for (nothing once it is over). */
export interface ServerStep<State> {
  readonly state?: State
  readonly output: SaslOutcome
}
