import { type Client, type Element, xml } from '@xmpp/client'

type Request = Readonly<Record<string, string>>
const CARBONS = 'urn:xmpp:carbons:2'
const RECEIPTS = 'urn:xmpp:receipts'
const BLOCKING = 'urn:xmpp:blocking'
const ACCESS = 'urn:xmpp:cam:0'

/**
 * `@xmpp/client` has no modules for copies (XEP-0280), receipts (XEP-0184), blocking (XEP-0191), client state (XEP-0352) and
 * access management (XEP-0494): stanzas made by hand, sent and read by its session.
 */
export const deviceOperations = (client: () => Client): Record<string, (request: Request) => Promise<unknown>> => ({
  carbons: () => set(client(), xml('enable', { xmlns: CARBONS })),
  'message-with-receipt': ({ to, body, messageId }) =>
    client().send(
      xml('message', { to, type: 'chat', id: messageId }, xml('body', {}, body), xml('request', { xmlns: RECEIPTS })),
    ),
  block: ({ jid }) => set(client(), xml('block', { xmlns: BLOCKING }, xml('item', { jid }))),
  unblock: ({ jid }) => set(client(), xml('unblock', { xmlns: BLOCKING }, xml('item', { jid }))),
  blocked: async () => {
    const list = await client().iqCaller.get(xml('blocklist', { xmlns: BLOCKING }), undefined, 40_000)
    return list?.getChildren('item').map(({ attrs }) => attrs.jid)
  },
  'client-state': ({ state }) => client().send(xml(state as string, { xmlns: 'urn:xmpp:csi:0' })),
  devices: () => listDevices(client()),
  revoke: ({ device }) => revoke(client(), device as string),
})

/** Tells of copies and receipts, and answers who asks for a receipt. */
export function tellDevices(client: Client, tell: (event: object) => void): void {
  client.on('stanza', (stanza) => {
    if (!stanza.is('message') || stanza.attrs.type === 'error') return
    const copy = copyIn(stanza)
    if (copy) tell({ event: 'carbon', ...copy })
    const of = stanza.getChild('received', RECEIPTS)?.attrs.id
    if (of) tell({ event: 'receipt', of, from: stanza.attrs.from })
    if (!stanza.getChild('request', RECEIPTS)) return
    const receipt = xml('received', { xmlns: RECEIPTS, id: stanza.attrs.id })
    client
      .send(xml('message', { to: stanza.attrs.from, type: 'chat' }, receipt))
      .catch((error) => tell({ event: 'no-receipt', reason: String(error) }))
  })
}

function copyIn(stanza: Element): object | undefined {
  for (const direction of ['sent', 'received']) {
    const copy = stanza.getChild(direction, CARBONS)?.getChild('forwarded', 'urn:xmpp:forward:0')
    const message = copy?.getChild('message', 'jabber:client')
    if (!message) continue
    const { from, to, type } = message.attrs
    return { direction, from, to, type, body: message.getChildText('body') }
  }
  return undefined
}

async function set(client: Client, payload: Element): Promise<void> {
  await client.iqCaller.set(payload, undefined, 40_000)
}

async function listDevices(client: Client): Promise<unknown> {
  const list = xml('iq', { type: 'get' }, xml('list', { xmlns: ACCESS }))
  const clients = (await client.iqCaller.request(list, 40_000)).getChild('clients', ACCESS)
  return clients?.getChildren('client').map((each) => ({
    id: each.attrs.id,
    isConnected: each.attrs.connected === 'true',
    ways: (each.getChild('auth')?.children ?? []).map((way) => (way as Element).name),
  }))
}

async function revoke(client: Client, id: string): Promise<string> {
  try {
    await set(client, xml('revoke', { xmlns: ACCESS, id }))
    return 'revoked'
  } catch (error) {
    const { application } = error as { application?: Element }
    if (application?.is('password-reset-required', ACCESS)) return 'password-reset-required'
    throw error
  }
}
