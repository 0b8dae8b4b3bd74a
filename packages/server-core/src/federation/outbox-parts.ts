import type { Storage, Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { Logger } from '../logger.ts'

/** By our domain; `with` is the other one. */
export const OUTBOX_ARCHIVE = 'federation'

/** What the outbox needs of the kernel. */
export interface OutboxParts {
  readonly environment: Environment
  readonly storage: Storage
  readonly log: Logger
  /** Resolves when the writes are durable. A failure is logged. */
  commit(writes: readonly Write[]): Promise<void>
  /** The id of an entry of an archive that is made at `at`. */
  nextId(at: number): string
  /** Whether a domain is served here, by a host or a component. */
  isServed(domain: string): boolean
}

/** A stanza that is kept, and where it is. */
export interface Kept {
  readonly id: string
  readonly local: string
  /** Milliseconds since 1970 at which it was sent. */
  readonly at: number
  readonly text: string
  /** It is not known yet whether it is stored: until then it cannot be removed. */
  isPending?: boolean
  isOver?: boolean
}
