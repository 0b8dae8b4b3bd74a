import { blockingClient } from '@parlour/extensions/blocking/client'
import { clientAccessManagementClient } from '@parlour/extensions/client-access-management/client'
import { clientStateIndicationClient } from '@parlour/extensions/client-state-indication/client'
import { type ReceiptsApi, receiptsClientWith } from '@parlour/extensions/receipts/client'
import { message } from '@parlour/stanza'
import type { Client } from '../../src/index.ts'

type Request = Readonly<Record<string, string>>

/** Receipts for whoever asks. */
const receiptsForAll = receiptsClientWith({ mayKnow: () => true })

/** Begins to answer requests for receipts, and tells of those that come. */
export function tellReceipts(client: Client, tell: (event: object) => void): ReceiptsApi {
  const receipts = client.use(receiptsForAll)
  receipts.onReceipt(({ id, from }) => tell({ event: 'receipt', of: id, from: from.toString() }))
  return receipts
}

/** What is done with receipts, blocking and client state. */
export const deviceOperations = (client: () => Client): Readonly<Record<string, (request: Request) => unknown>> => ({
  'message-with-receipt': ({ to = '', body = '', messageId }) =>
    client().send(
      client()
        .use(receiptsForAll)
        .request(message({ to, body, type: 'chat', id: messageId })),
    ),
  block: ({ jid = '' }) => client().use(blockingClient).block([jid]),
  unblock: ({ jid = '' }) => client().use(blockingClient).unblock([jid]),
  blocked: async () => Array.from(await client().use(blockingClient).list(), String),
  devices: () => client().use(clientAccessManagementClient).list(),
  revoke: ({ device = '' }) => client().use(clientAccessManagementClient).revoke(device),
  'client-state': ({ state }) =>
    client()
      .use(clientStateIndicationClient)
      .set(state as 'active'),
})
