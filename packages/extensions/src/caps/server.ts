/** XEP-0115: Entity Capabilities, version 1.6.0: the server's own, as a stream feature (§6.3). */
import { defineServerModule } from '@parlour/server-core'
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
    let known: { revision: number; caps: Capabilities } | undefined
    const own = (): Capabilities => {
      const { info, revision } = disco.serverInfo()
      if (known?.revision !== revision)
        known = { revision, caps: { hash: 'sha-1', node: host.config.node, ver: verificationString(info) } }
      return known.caps
    }
    const answers: DiscoNode = { info: () => disco.serverInfo().info, items: () => [] }
    return [
      host.discovery.advertise(CAPS_NAMESPACE),
      host.streamFeature('authenticated', () => capsElement(own())),
      host.streamFeature('unauthenticated', () => capsElement(own())),
      disco.addNodes((node) => (node === capsNode(own()) ? answers : undefined)),
    ]
  },
})
