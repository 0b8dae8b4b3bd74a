import type { Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'

/** What one session with XEP-0198 needs of the server. */
export interface SessionPort {
  readonly environment: Environment
  /** Milliseconds that a client may take to answer `<r/>`. */
  readonly answerTimeout: number
  /** The id of an entry that is made at `at`. */
  nextId(at: number): string
  /** What has changed of sessions is committed now: a count covers the stanza that has changed it. */
  commitChanges(): void
  /** Resolves when the writes are durable. A failure is logged. */
  commit(writes: readonly Write[]): Promise<void>
  /** Whether so much may not wait for one client. */
  isTooMuch(stanzas: number, length: number): boolean
  /** More waits than may: the session is to end. */
  overflowed(): void
}
