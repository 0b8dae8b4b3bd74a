/** XEP-0199: XMPP Ping, version 2.0.1: the server and every account answer an empty result (§4.1 to §4.2). */
import { defineServerModule } from '@parlour/server-core'
import { PING_NAMESPACE } from './wire.ts'

export const pingServer = defineServerModule({
  name: 'ping',
  implements: [{ xep: 199, version: '2.0.1' }],
  setup: (host) => [
    host.discovery.advertise(PING_NAMESPACE, 'server', 'account'),
    host.iq.get(PING_NAMESPACE, 'ping', () => undefined, { target: 'server', access: 'anyone' }),
    host.iq.get(PING_NAMESPACE, 'ping', () => undefined, { target: 'account', access: 'owner' }),
  ],
})
