import type { Jid } from '@parlour/jid'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { el, serialize } from '@parlour/xml'

/** A ping (XEP-0199 §4.1) of the server to a client of its own, as it is written. */
export function pingTo(client: Jid): string {
  const addresses = { from: client.domain, to: client.toString(), id: 'alive', type: 'get' }
  return serialize(el('iq', CLIENT_NAMESPACE, addresses, el('ping', 'urn:xmpp:ping')), CLIENT_NAMESPACE)
}
