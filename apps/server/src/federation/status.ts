import type { Federation, LinkState } from '@parlour/server-core'
import type { FederationStatus } from '../administration/target.ts'

/** The links of a server in numbers. */
export function federationStatus(federation: Federation): FederationStatus {
  const links: Record<LinkState, number> = {
    ...{ idle: 0, waiting: 0, connecting: 0, established: 0, resting: 0, closed: 0 },
  }
  let queuedBytes = 0
  for (const { state, queueBytes } of federation.links()) {
    links[state]++
    queuedBytes += queueBytes
  }
  return { links, queuedBytes, counters: { ...federation.counters } }
}
