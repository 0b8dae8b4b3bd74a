/** XEP-0478: Stream Limits Advertisement, version 0.2.0: the limits that the stream will have once its features are used. */
import { defineServerModule } from '@parlour/server-core'
import { streamLimitsElement } from './wire.ts'

export const streamLimitsServer = defineServerModule({
  name: 'stream-limits',
  implements: [{ xep: 478, version: '0.2.0' }],
  setup: (host) => [
    host.streamFeature('unauthenticated', ({ maxStanzaBytes }) => streamLimitsElement({ maxBytes: maxStanzaBytes })),
    host.streamFeature('authenticated', ({ maxStanzaBytes }) => streamLimitsElement({ maxBytes: maxStanzaBytes })),
  ],
})
