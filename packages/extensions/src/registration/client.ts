/** XEP-0077: In-Band Registration, version 2.4: for who is signed in. */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import {
  credentialsElement,
  type RegistrationFields,
  readRegistrationFields,
  registrationRequest,
  removalElement,
} from './wire.ts'

export interface RegistrationApi {
  /** What a server or service wants to know, or knows; of the own server without `to`. */
  fields(options?: IqOptions): Promise<RegistrationFields>
  /** Changes the password of the account (XEP-0077 §3.3). Rejects with `not-authorized` on a stream that is not safe. */
  changePassword(password: string, options?: IqOptions): Promise<void>
  /** Removes the account and all that the server has of it; the stream ends (XEP-0077 §3.2). */
  removeAccount(options?: IqOptions): Promise<void>
}

/** @example await client.use(registrationClient).changePassword('correct horse battery staple') */
export const registrationClient = defineClientExtension<RegistrationApi>({
  name: 'registration',
  implements: { xep: 77, version: '2.4' },
  setup: (client) => ({
    async fields(options = {}) {
      const answer = await client.iq.get(registrationRequest(), { to: client.jid.domain, ...options })
      return answer ? readRegistrationFields(answer) : { instructions: '', fields: [] }
    },
    async changePassword(password, options = {}) {
      await client.iq.set(credentialsElement(client.jid.local, password), { to: client.jid.domain, ...options })
    },
    async removeAccount(options = {}) {
      await client.iq.set(removalElement(), options)
    },
  }),
})
