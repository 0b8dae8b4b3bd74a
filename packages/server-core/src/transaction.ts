import type { ClientSession } from './client-session.ts'
import { type FormerDelivery, StanzaTransaction } from './stanza-transaction.ts'

export type { FormerDelivery, Settled, StanzaWrites } from './stanza-transaction.ts'

/** What one stanza stores, whether a client's session or somebody else sent it. */
export type Transaction = StanzaTransaction<ClientSession>
export const Transaction: new (session?: ClientSession, former?: FormerDelivery) => Transaction = StanzaTransaction
