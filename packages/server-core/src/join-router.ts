import type { PresenceService } from './presence-service.ts'
import type { RouterParts } from './router-parts.ts'

/** What the router is joined to. */
export type RoutingKernel = Omit<RouterParts, 'sharesPresence' | 'receivePresence' | 'departed'>

export function routerPartsOf(kernel: RoutingKernel, presence: () => PresenceService): RouterParts {
  return {
    accounts: kernel.accounts,
    directory: kernel.directory,
    sharesPresence: (session, contact) => presence().sharesPresence(session, contact),
    receivePresence: (received, host) => presence().receiveInbound(received, host),
    departed: (entity, sessions) => presence().departed(entity, sessions),
    commit: kernel.commit,
    working: (work) => kernel.working(work),
    internalError: (error, stanza, module) => kernel.internalError(error, stanza, module),
    get federation() {
      return kernel.federation
    },
    get components() {
      return kernel.components
    },
  }
}
