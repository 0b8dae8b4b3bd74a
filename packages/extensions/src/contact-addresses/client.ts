/** XEP-0157: Contact Addresses for XMPP Services, version 1.1.1. */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { discoInfoRequest, readDiscoInfo } from '../disco/wire.ts'
import { type ContactAddresses, readContactAddresses } from './wire.ts'

export interface ContactAddressesApi {
  /** Whom to turn to about a server; about the own one without an address. */
  get(server?: Jid | string, options?: IqOptions): Promise<ContactAddresses>
}

/** @example const { abuse = [] } = await client.use(contactAddressesClient).get('example.org') */
export const contactAddressesClient = defineClientExtension<ContactAddressesApi>({
  name: 'contact-addresses',
  implements: { xep: 157, version: '1.1.1' },
  setup: (client) => ({
    async get(server = client.jid.domain, options = {}) {
      const answer = await client.iq.get(discoInfoRequest(), { ...options, to: server })
      return answer ? readContactAddresses(readDiscoInfo(answer).extensions) : {}
    },
  }),
})
