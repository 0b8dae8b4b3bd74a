/** XEP-0203: Delayed Delivery, version 2.0: nobody else speaks of delays in the server's name. */
import { defineServerModule } from '@parlour/server-core'
import { readStanza } from '@parlour/stanza'
import { DELAY_NAMESPACE, withoutDelaysBy } from './wire.ts'

/** XEP-0203 §5: "the recipient's server SHOULD discard a delayed delivery notation whose 'from' attribute matches the server's JabberID". */
export const delayServer = defineServerModule({
  name: 'delay',
  implements: [
    { xep: 203, version: '2.0' },
    { xep: 82, version: '1.1.1' },
  ],
  setup: (host) => [
    host.discovery.advertise(DELAY_NAMESPACE),
    host.on(
      'rewrite',
      (event) => {
        const { stanza } = event
        if (stanza.kind === 'iq' || (stanza.from?.domain === host.domain && stanza.from.local === '')) return undefined
        const cleaned = withoutDelaysBy(stanza.element, host.domain)
        if (cleaned !== stanza.element) event.stanza = readStanza(cleaned)
        return undefined
      },
      { direction: 'inbound' },
    ),
  ],
})
