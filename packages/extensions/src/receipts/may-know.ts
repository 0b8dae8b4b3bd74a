import { type Client, roster } from '@parlour/client-core'
import type { Message } from '@parlour/stanza'

/** Whether the sender of a message may know that it has arrived, and with it that the user is there. */
export type MayKnow = (message: Message, client: Client) => boolean

/** Whether the sender may see the presence of the user (RFC 6121 §2.1.2.5). The roster must have been loaded. */
export function maySeePresence({ from }: Message, client: Client): boolean {
  if (!from) return false
  if (from.bare.equals(client.jid.bare)) return true
  const subscription = client.use(roster).items.get(from.bare.toString())?.subscription
  return subscription === 'from' || subscription === 'both'
}
