import type { Client } from '@parlour/client-core'
import type { Message } from '@parlour/stanza'
import { carbonsClient } from './carbons/client.ts'
import type { CarbonDirection } from './carbons/wire.ts'

/** A message of a conversation of the account. */
export interface Heard {
  readonly message: Message
  /** Set if another client of the account sent or received it, and the own server copied it (XEP-0280). */
  readonly copy?: CarbonDirection
}

/** Hears of all messages of the account, whichever of its clients they went to. @returns takes the listener out again */
export function hear(client: Client, listener: (heard: Heard) => void): () => void {
  const stops = [
    client.stanzas((stanza) => {
      if (stanza.kind === 'message') listener({ message: stanza })
    }),
    client.use(carbonsClient).onCopy(({ direction, message }) => listener({ message, copy: direction })),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** Whether a client of the own account wrote it. */
export function isOwn(client: Client, { from }: Message): boolean {
  return from?.bare.equals(client.jid.bare) ?? false
}

/** Both are between the same two accounts, or in the same room. */
export function areOfOneConversation(one: Message, other: Message): boolean {
  return conversationOf(one) === conversationOf(other)
}

function conversationOf({ type, from, to }: Message): string {
  return type === 'groupchat' ? `${from?.bare}` : [`${from?.bare}`, `${to?.bare}`].sort().join(' ')
}
