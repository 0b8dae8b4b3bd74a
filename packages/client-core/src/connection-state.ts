import type { Jid } from '@parlour/jid'
import type { ClientError } from './client-error.ts'

/** Where a client stands; `status` tells which. */
export type ConnectionState =
  /** A stream is being opened; the first attempt has number 1. */
  | { readonly status: 'connecting'; readonly attempt: number }
  /** Stanzas flow. */
  | { readonly status: 'online'; readonly jid: Jid }
  /** The connection failed because of `error`; attempt number `attempt` begins at `retryAt` (milliseconds since the epoch). */
  | {
      readonly status: 'waiting'
      readonly attempt: number
      readonly retryAt: number
      readonly error: ClientError
    }
  /** For good: after `close()` without an error, otherwise with the one that left no hope. */
  | { readonly status: 'closed'; readonly error: ClientError | undefined }
