import type { Jid } from '@parlour/jid'
import type { ClientError } from './client-error.ts'

/** Where a client stands; `status` tells which. */
export type ConnectionState =
  /** A stream is being opened; the first attempt has number 1. */
  | { readonly status: 'connecting'; readonly attempt: number }
  /**
   * Stanzas flow. `resumed`: the session of before goes on, and nothing was lost in between (XEP-0198 §5): no roster is to
   * be asked for, no presence to be sent. Otherwise it is a new one.
   */
  | { readonly status: 'online'; readonly jid: Jid; readonly resumed: boolean }
  /** There is no connection because of `error`; attempt number `attempt` begins at `retryAt` (milliseconds since the epoch). */
  | {
      readonly status: 'waiting'
      readonly attempt: number
      readonly retryAt: number
      readonly error: ClientError
      /** The session may go on then: requests still wait for their answers, and what is known of others is kept. */
      readonly resumable: boolean
    }
  /** For good: after `close()` without an error, otherwise with the one that left no hope. */
  | { readonly status: 'closed'; readonly error: ClientError | undefined }
