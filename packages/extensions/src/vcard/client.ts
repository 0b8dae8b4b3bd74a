/** XEP-0054: vcard-temp, version 1.3.0. */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { vcardRequest } from './wire.ts'

export interface VcardApi {
  /** Somebody's vCard, or one's own; `undefined` when there is none, or nobody of that address. */
  get(to?: Jid | string, options?: IqOptions): Promise<Element | undefined>
  /** Replaces one's own vCard as a whole (XEP-0054 §3.2). */
  set(vcard: Element, options?: IqOptions): Promise<void>
}

const NONE: ReadonlySet<string> = new Set(['item-not-found', 'service-unavailable'])

/** @example const vcard = await client.use(vcardClient).get('juliet@example.com'); vcard && readVcard(vcard) */
export const vcardClient = defineClientExtension<VcardApi>({
  name: 'vcard',
  implements: { xep: 54, version: '1.3.0' },
  setup: (client) => ({
    async get(to, options = {}) {
      try {
        const vcard = await client.iq.get(vcardRequest(), to === undefined ? options : { ...options, to })
        return vcard && vcard.children.length > 0 ? vcard : undefined
      } catch (error) {
        // §3.1, §3.3: "applications SHOULD appropriately handle both errors".
        if (error instanceof StanzaError && NONE.has(error.condition)) return undefined
        throw error
      }
    },
    async set(vcard, options = {}) {
      await client.iq.set(vcard, options)
    },
  }),
})
