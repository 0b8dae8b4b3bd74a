import { StreamManagementSender } from '@parlour/stream-management'
import type { QueuedStanza } from './unacknowledged.ts'

/**
 * Sooner than by default: what is not acknowledged yet has to be kept by two threads and in the journal, which costs more
 * than the answers do.
 */
const REQUEST_POLICY = { everyStanzas: 5, everyBytes: 65_536 }

/** The bounds are looked at by the port, so that nothing is ever refused. @param acknowledged by the client before */
export function createSender(acknowledged = 0): StreamManagementSender<QueuedStanza> {
  const none = Number.MAX_SAFE_INTEGER
  return new StreamManagementSender({
    ...{ request: REQUEST_POLICY, acknowledged },
    ...{ maxUnacknowledgedStanzas: none, maxUnacknowledgedBytes: none },
  })
}
