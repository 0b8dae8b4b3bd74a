import type { Stanza } from '@parlour/stanza'
import type { QueuedStanza } from './queued-stanza.ts'

/** A stanza that was sent to a client and not acknowledged. */
export interface Unacknowledged {
  /** As it was, or is to be, written. */
  readonly text: string
  /** When it was sent first, in milliseconds since 1970. */
  readonly at: number
  /** Of the entry in storage; `undefined`: it is kept in memory only. */
  readonly id: string | undefined
  /** Its place among all that was sent in the session, modulo 2^32. */
  readonly position: number
  /** Who else has got the same message. */
  readonly reached: Reached | undefined
}

/** A session, as far as it matters for others that have got the same. */
export interface Recipient {
  readonly account: string
}

/** One of which no more is known than that it had the message: acknowledged, or without XEP-0198. */
type Elsewhere = 'elsewhere'

/**
 * Who, of whatever account, has got a message or a copy of it, and has acknowledged it or still may: an entry of a queue,
 * or a session without one.
 */
export type Reached = (QueuedStanza | Recipient | Elsewhere)[]

type Kind = Stanza['kind']

/**
 * What outlives a crash of the server, by kind and type: what tells something that is said once. Presence is asked for
 * anew when a session comes back after a restart; who asked a question has given up by then, or asks again.
 */
const DURABLE: { readonly [K in Kind]: ReadonlySet<string | undefined> } = {
  message: new Set(['normal', 'chat', 'groupchat', 'headline', 'error']),
  presence: new Set(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed']),
  iq: new Set(['set']),
}

/** Whether a stanza to a client with XEP-0198 is stored until it acknowledges it. */
export function isDurable({ kind, type }: Stanza): boolean {
  return DURABLE[kind].has(type)
}
