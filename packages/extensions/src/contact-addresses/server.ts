/** XEP-0157: Contact Addresses for XMPP Services, version 1.1.1: whom to turn to, as configured. */
import { defineServerModule } from '@parlour/server-core'
import * as v from 'valibot'
import { discoNodes } from '../disco/nodes.ts'
import { CONTACT_ROLES, type ContactAddresses, type ContactRole, contactAddressesElement } from './wire.ts'

/** XEP-0157 §3: "Values of 'status-addresses' form field MUST be valid URIs"; the others SHOULD. */
const uri = v.pipe(
  v.string(),
  v.regex(
    /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i,
    'is no URI; examples: "mailto:abuse@example.org", "xmpp:admin@example.org"',
  ),
)
const uris = v.optional(v.pipe(v.array(uri), v.maxLength(20)))
const told = (what: string) => v.pipe(uris, v.description(`URIs ${what}`))
const configuration = v.strictObject({
  abuse: told('to report abuse to'),
  admin: told('of those who run the server'),
  feedback: told('for praise and complaints'),
  sales: told('for those who want to buy'),
  security: told('to report security holes to'),
  status: told('that tell whether the server is up'),
  support: told('to ask for help at'),
} satisfies Record<ContactRole, unknown>)

export const contactAddressesServer = defineServerModule({
  name: 'contact-addresses',
  implements: [{ xep: 157, version: '1.1.1' }],
  requires: ['disco'],
  config: configuration,
  setup(host) {
    const addresses = host.config as ContactAddresses
    if (CONTACT_ROLES.every((role) => !addresses[role]?.length)) return []
    const form = contactAddressesElement(addresses)
    return [host.use(discoNodes).addExtension(() => form)]
  },
})
