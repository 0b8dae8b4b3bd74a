/** XEP-0494: Client Access Management, version 0.1.0: which clients have access to the own account, and revoking it. */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import { StanzaError } from '@parlour/stanza'
import {
  CLIENT_ACCESS_NAMESPACE,
  type ClientWithAccess,
  listClientsElement,
  readClients,
  revokeElement,
} from './wire.ts'

/** Requests to the own account. */
export type ClientAccessOptions = Pick<IqOptions, 'signal' | 'timeoutMs'>

export interface ClientAccessManagementApi {
  /** The clients that have access to the own account (XEP-0494 §3.1). Rejects as every request does. */
  list(options?: ClientAccessOptions): Promise<readonly ClientWithAccess[]>
  /**
   * Revokes the access of one of them (XEP-0494 §3.2). `password-reset-required`: it knows the password, and keeps its
   * access until that is changed. Rejects as every request does, as for an unknown id.
   */
  revoke(id: string, options?: ClientAccessOptions): Promise<'revoked' | 'password-reset-required'>
}

/** @example for (const { id, device } of await client.use(clientAccessManagementClient).list()) console.log(id, device) */
export const clientAccessManagementClient = defineClientExtension<ClientAccessManagementApi>({
  name: 'client-access-management',
  implements: { xep: 494, version: '0.1.0' },
  setup: (client) => ({
    async list(options = {}) {
      const list = await client.iq.get(listClientsElement(), options)
      return list?.is('clients', CLIENT_ACCESS_NAMESPACE) ? readClients(list) : []
    },
    async revoke(id, options = {}) {
      try {
        await client.iq.set(revokeElement(id), options)
        return 'revoked'
      } catch (error) {
        if (error instanceof StanzaError && asksForPassword(error)) return 'password-reset-required'
        throw error
      }
    },
  }),
})

const asksForPassword = ({ application }: StanzaError): boolean =>
  application?.is('password-reset-required', CLIENT_ACCESS_NAMESPACE) === true
