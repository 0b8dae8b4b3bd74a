/** XEP-0202: Entity Time, version 2.0: the server's clock, in UTC, so that it does not tell where the server stands (§6). */
import { defineServerModule } from '@parlour/server-core'
import { TIME_NAMESPACE, timeElement } from './wire.ts'

export const timeServer = defineServerModule({
  name: 'time',
  implements: [{ xep: 202, version: '2.0' }],
  setup: (host) => [
    host.discovery.advertise(TIME_NAMESPACE),
    host.iq.get(TIME_NAMESPACE, 'time', () => timeElement({ at: host.now(), offset: 0 }), {
      target: 'server',
      access: 'anyone',
    }),
  ],
})
