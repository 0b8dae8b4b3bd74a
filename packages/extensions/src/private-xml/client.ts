/** XEP-0049: Private XML Storage, version 1.2. */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Element } from '@parlour/xml'
import { privateXmlElement, privateXmlRequest } from './wire.ts'

export interface PrivateXmlApi {
  /** What is stored under a name: an empty element when nothing is. */
  get(name: string, namespace: string, options?: IqOptions): Promise<Element | undefined>
  /** Stores elements, each under its own name. */
  set(elements: readonly Element[], options?: IqOptions): Promise<void>
}

/** @example const notes = await client.use(privateXmlClient).get('storage', 'storage:rosternotes') */
export const privateXmlClient = defineClientExtension<PrivateXmlApi>({
  name: 'private-xml',
  implements: { xep: 49, version: '1.2' },
  setup: (client) => ({
    async get(name, namespace, options = {}) {
      const answer = await client.iq.get(privateXmlRequest(name, namespace), options)
      return answer?.elements().find((element) => element.is(name, namespace))
    },
    async set(elements, options = {}) {
      await client.iq.set(privateXmlElement(...elements), options)
    },
  }),
})
