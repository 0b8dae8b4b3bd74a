import { delayServer } from '@parlour/extensions/delay/server'
import { discoServer } from '@parlour/extensions/disco/server'
import { offlineServer } from '@parlour/extensions/offline/server'
import { pingServer } from '@parlour/extensions/ping/server'
import type { AnyServerModule } from '@parlour/server-core'

/** The modules that every server loads, in reading order. */
export const builtInModules: readonly AnyServerModule[] = [discoServer, pingServer, delayServer, offlineServer]
