/** XEP-0115: Entity Capabilities, version 1.6.0: the server's own, as a stream feature (§6.3). */
import { defineServerModule } from '@parlour/server-core'
import type { Element } from '@parlour/xml'
import * as v from 'valibot'
import { type DiscoNode, discoNodes } from '../disco/nodes.ts'
import { CAPS_NAMESPACE, type Capabilities, capsElement, capsNode, verificationString } from './wire.ts'

const configuration = v.strictObject({
  node: v.pipe(
    v.optional(v.pipe(v.string(), v.minLength(1)), 'https://www.npmjs.com/package/@parlour/server'),
    v.description('URI that stands for the software'),
  ),
})

export const capsServer = defineServerModule({
  name: 'caps',
  implements: [{ xep: 115, version: '1.6.0' }],
  requires: ['disco'],
  config: configuration,
  setup(host) {
    const disco = host.use(discoNodes)
    let known: { revision: number; caps: Capabilities; element: Element } | undefined
    const own = (): { caps: Capabilities; element: Element } => {
      const server = disco.serverInfo()
      if (known?.revision === server.revision) return known
      const caps: Capabilities = { hash: 'sha-1', node: host.config.node, ver: verificationString(server.info) }
      known = { revision: server.revision, caps, element: capsElement(caps) }
      return known
    }
    const answers: DiscoNode = { info: () => disco.serverInfo().info, items: () => [] }
    return [
      host.discovery.advertise(CAPS_NAMESPACE),
      host.streamFeature('authenticated', () => own().element),
      host.streamFeature('unauthenticated', () => own().element),
      disco.addNodes((node) => (node === capsNode(own().caps) ? answers : undefined)),
    ]
  },
})
