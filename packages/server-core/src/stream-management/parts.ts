import type { SaslCrypto } from '@parlour/sasl'
import type { Storage, Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { StreamError } from '@parlour/xml-stream'
import type { Accounts } from '../accounts.ts'
import type { ClientSession } from '../client-session.ts'
import type { RedeliveryParts } from './redelivery.ts'
import type { RestorationParts } from './restoration.ts'

/** What XEP-0198 needs of the kernel. */
export interface StreamManagementParts extends RedeliveryParts, RestorationParts {
  readonly environment: Environment
  readonly crypto: Pick<SaslCrypto, 'digest'>
  readonly storage: Storage
  readonly accounts: Accounts
  /** The id of an entry of an archive that is made at `at`. */
  nextId(at: number): string
  /** Resolves when the writes are durable. A failure is logged. */
  commit(writes: readonly Write[]): Promise<void>
  /** Ends a session, and its stream. */
  end(session: ClientSession, error?: StreamError): void
  /** Tells the modules that a session waits to be resumed. */
  detached(session: ClientSession): void
  /** Tells the modules that a session goes on. */
  resumed(session: ClientSession): void
}
