import type { Storage } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { FederationOptions } from './federation/options.ts'
import type { HostOptions } from './host.ts'
import type { Logger } from './logger.ts'
import type { AnyServerModule } from './module-loader.ts'
import type { SignInSettings } from './sign-in/settings.ts'
import type { SignInLimits } from './sign-in-throttle.ts'
import type { AuthenticationOptions } from './stream-host.ts'
import type { StreamManagementOptions } from './stream-management/options.ts'

/** What a kernel is made of. */
export interface KernelOptions {
  readonly environment: Environment
  readonly storage: Storage
  readonly log: Logger
  readonly hosts: readonly HostOptions[]
  /** The modules of every host. */
  readonly modules: readonly AnyServerModule[]
  readonly authentication: Pick<AuthenticationOptions, 'mechanisms' | 'iterations' | 'crypto'> & Partial<SignInSettings>
  /** After how many failures sign-ins have to wait. Default {@link DEFAULT_SIGN_IN_LIMITS}. */
  readonly signInLimits?: SignInLimits
  /** What sessions with XEP-0198 are allowed. */
  readonly streamManagement?: Partial<StreamManagementOptions>
  /** Whether sessions of before are brought back; default true. Not by who only administers the storage. */
  readonly restoresSessions?: boolean
  /** How servers of other domains are spoken to; without it, they are not. */
  readonly federation?: FederationOptions | undefined
}
