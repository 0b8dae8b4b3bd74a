/** XEP-0478: Stream Limits Advertisement, version 0.2.0: the limits that the stream will have once its features are used. */
import { defineServerModule, type StreamFeature } from '@parlour/server-core'
import type { Element } from '@parlour/xml'
import { streamLimitsElement } from './wire.ts'

export const streamLimitsServer = defineServerModule({
  name: 'stream-limits',
  implements: [{ xep: 478, version: '0.2.0' }],
  setup: (host) => {
    const known = new Map<number, Element>()
    const feature: StreamFeature = ({ maxStanzaBytes }) => {
      const element = known.get(maxStanzaBytes) ?? streamLimitsElement({ maxBytes: maxStanzaBytes })
      known.set(maxStanzaBytes, element)
      return element
    }
    return [host.streamFeature('unauthenticated', feature), host.streamFeature('authenticated', feature)]
  },
})
