import { archiveServer } from '@parlour/archive/server'
import { blockingServer } from '@parlour/extensions/blocking/server'
import { capsServer } from '@parlour/extensions/caps/server'
import { carbonsServer } from '@parlour/extensions/carbons/server'
import { clientAccessManagementServer } from '@parlour/extensions/client-access-management/server'
import { clientStateIndicationServer } from '@parlour/extensions/client-state-indication/server'
import { commandsServer } from '@parlour/extensions/commands/server'
import { contactAddressesServer } from '@parlour/extensions/contact-addresses/server'
import { delayServer } from '@parlour/extensions/delay/server'
import { discoServer } from '@parlour/extensions/disco/server'
import { displayedSynchronizationServer } from '@parlour/extensions/displayed-synchronization/server'
import { lastActivityServer } from '@parlour/extensions/last-activity/server'
import { offlineServer } from '@parlour/extensions/offline/server'
import { pingServer } from '@parlour/extensions/ping/server'
import { privateXmlServer } from '@parlour/extensions/private-xml/server'
import { pushServer } from '@parlour/extensions/push/server'
import { registrationServer } from '@parlour/extensions/registration/server'
import { stanzaIdsServer } from '@parlour/extensions/stanza-ids/server'
import { streamLimitsServer } from '@parlour/extensions/stream-limits/server'
import { timeServer } from '@parlour/extensions/time/server'
import { vcardServer } from '@parlour/extensions/vcard/server'
import { createVersionServer } from '@parlour/extensions/version/server'
import type { AnyServerModule } from '@parlour/server-core'
import { VERSION } from './version.ts'

/** The modules that every server loads, in reading order. */
export const builtInModules: readonly AnyServerModule[] = [
  discoServer,
  capsServer,
  // Before those that would answer or keep what it refuses.
  blockingServer,
  pingServer,
  createVersionServer({ name: 'Parlour', version: VERSION }),
  timeServer,
  lastActivityServer,
  delayServer,
  stanzaIdsServer,
  // Before what archives messages, and copies them.
  displayedSynchronizationServer,
  archiveServer,
  offlineServer,
  carbonsServer,
  vcardServer,
  privateXmlServer,
  registrationServer,
  contactAddressesServer,
  streamLimitsServer,
  commandsServer,
  clientAccessManagementServer,
  // After those that keep a stanza from a session: what they let pass can wait.
  clientStateIndicationServer,
  pushServer,
]
