/**
 * Drives this client by lines of JSON: `{"id", "do", …}` in, `{"id", "result" | "error"}` and `{"event", …}` out, as the
 * drivers of other clients in the server's interoperability tests.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { archiveClient } from '@parlour/archive/client'
import type { ConnectionState } from '@parlour/client-core'
import { carbonsClient } from '@parlour/extensions/carbons/client'
import { pingClient } from '@parlour/extensions/ping/client'
import { parseJid } from '@parlour/jid'
import { message, presence as presenceElement, type Stanza, StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { type Client, connect, createMemoryTokenStore, presence, roster } from '../../src/index.ts'
import { deviceOperations, tellReceipts } from './devices.ts'
import { Way } from './way.ts'

type Request = Readonly<Record<string, string>> & { readonly groups?: readonly string[] }
const DISCO = 'http://jabber.org/protocol/disco'
const NOTE = 'urn:parlour:interop'
const tell = (what: object) => console.log(JSON.stringify(what))

let client: Client
/** To the server. */
let way: Way
/** How it was signed in. */
let last: Request

const userAgent = { id: crypto.randomUUID(), software: 'Parlour', device: 'interop' }
const tokens = createMemoryTokenStore()

async function signIn(request: Request) {
  const { jid = '', password = '', host = '', port, tls, ca = '' } = request
  last = request
  way = await Way.to(host, Number(port))
  client = await connect({
    ...{ jid, password, ca: readFileSync(ca, 'utf8'), userAgent, tokens },
    reconnection: { initialDelay: 1, maximumDelay: 100 },
    service: `${tls === 'direct' ? 'xmpps' : 'xmpp'}://127.0.0.1:${way.port}`,
  })
  client.stanzas(tellStanza)
  client.outgoing((stanza) => {
    process.stderr.write(`SEND ${stanza}\n`)
    return stanza
  })
  client.onState((state) => {
    if (state.status === 'closed') tell({ event: 'closed', reason: state.error?.message ?? null })
  })
  client.use(pingClient)
  tellReceipts(client, tell)
  client.use(carbonsClient).onCopy(({ direction, message: { from, to, body } }) => {
    tell({ event: 'carbon', direction, from: from?.toString(), to: to?.toString(), body })
  })
  client.use(presence)
  client.use(roster).onChange((change) => {
    if (change.type === 'updated')
      tell({ event: 'roster-push', ...change.item, ask: change.item.ask ? 'subscribe' : '' })
    if (change.type === 'removed') tell({ event: 'roster-push', jid: change.jid, subscription: 'remove' })
  })
  return { jid: client.jid.toString(), mechanism: client.agreement?.mechanism }
}

function tellStanza(stanza: Stanza): void {
  process.stderr.write(`RECV ${stanza.element}\n`)
  const from = stanza.from?.toString()
  if (stanza.kind === 'message' && stanza.type === 'error') {
    const { condition, text } = StanzaError.fromElement(stanza.element)
    tell({ event: 'message-error', from, condition, text: text ?? '' })
  } else if (stanza.kind === 'message' && stanza.body !== undefined) {
    const delayed = stanza.element.child('delay', 'urn:xmpp:delay')?.attribute('stamp') ?? null
    tell({ event: 'message', from, type: stanza.type, body: stanza.body, delayed })
  }
  if (stanza.kind === 'presence') {
    const [show, status] = [stanza.show ?? '', stanza.status ?? '']
    tell({ event: 'presence', from, type: stanza.type ?? 'available', show, status })
  }
}

const get = (name: string, namespace: string, to?: string, ...children: Element[]) =>
  client.iq.get(el(name, namespace, {}, ...children), to === undefined ? {} : { to })

/** The state with that status: the present one, or the next. */
function becomes<Status extends ConnectionState['status']>(status: Status) {
  return new Promise<ConnectionState & { status: Status }>((resolve) => {
    const look = (state: ConnectionState) => {
      if (state.status === status) resolve(state as ConnectionState & { status: Status })
    }
    client.onState(look)
    look(client.state)
  })
}

async function sendPresence({ to, type, show, status }: Request): Promise<void> {
  const contacts = client.use(roster)
  if (to && type === 'subscribe') return contacts.subscribe(to)
  if (to && type === 'subscribed') return contacts.approve(to)
  if (to && type === 'unsubscribed') return contacts.deny(to)
  if (to && type) return client.send(presenceElement({ to, type: type as 'unavailable' }))
  const fields = { ...(show && { show: show as 'away' }), ...(status && { status }) }
  return client.use(presence).send(fields, to)
}

const operations: Readonly<Record<string, (request: Request) => unknown>> = {
  connect: signIn,
  'connect-again': async () => {
    await client.close()
    return signIn(last)
  },
  presence: sendPresence,
  'roster-get': async () => {
    const contacts = client.use(roster)
    if (contacts.items.size === 0) await contacts.load()
    return [...contacts.items.values()].map((item) => ({ ...item, ask: item.ask ? 'subscribe' : '' }))
  },
  'roster-set': ({ jid = '', name = '', groups = [] }) => client.use(roster).set(jid, { name, groups }),
  'roster-remove': ({ jid = '' }) => client.use(roster).remove(jid),
  message: ({ to = '', body = '' }) => client.send(message({ to, body, type: 'chat' })),
  archive: async ({ with: other = '', max, after, last }) => {
    const page = { max: Number(max), ...(after && { after }), ...(last && { before: '' }) }
    const found = await client.use(archiveClient).page({ with: parseJid(other) }, page)
    return {
      complete: found.isComplete,
      messages: found.messages.map(({ id, message: { body } }) => ({ id, body })),
    }
  },
  disco: async ({ to }) => {
    const children = (await get('query', `${DISCO}#info`, to))?.elements() ?? []
    return {
      features: children.flatMap((child) => child.attribute('var') ?? []),
      identities: children
        .filter(({ name }) => name === 'identity')
        .map((child) => [child.attribute('category'), child.attribute('type')]),
    }
  },
  'disco-items': async ({ to }) =>
    (await get('query', `${DISCO}#items`, to))?.elements().map((child) => child.attribute('jid')),
  ping: ({ to }) => get('ping', 'urn:xmpp:ping', to),
  'vcard-set': ({ fullName }) => client.iq.set(el('vCard', 'vcard-temp', {}, el('FN', 'vcard-temp', {}, fullName))),
  'vcard-get': async ({ to }) => ({ fullName: (await get('vCard', 'vcard-temp', to))?.childText('FN') }),
  'last-activity': async ({ to }) => ({
    seconds: Number((await get('query', 'jabber:iq:last', to))?.attribute('seconds')),
  }),
  version: async ({ to }) => ({ name: (await get('query', 'jabber:iq:version', to))?.childText('name') }),
  time: async ({ to }) => ({ utc: (await get('time', 'urn:xmpp:time', to))?.childText('utc') }),
  'private-set': ({ text }) => client.iq.set(el('query', 'jabber:iq:private', {}, el('note', NOTE, {}, text))),
  'private-get': async () => ({
    text: (await get('query', 'jabber:iq:private', undefined, el('note', NOTE)))?.childText('note', NOTE),
  }),
  ...deviceOperations(() => client),
  carbons: () => client.use(carbonsClient).enable(),
  cut: async () => {
    way.cut()
    await becomes('waiting')
  },
  'message-when-back': async ({ to = '', body = '' }) => {
    const acknowledged = client.sendAcknowledged(message({ to, body, type: 'chat' }))
    way.open()
    const { resumed } = await becomes('online')
    await acknowledged
    return { resumed }
  },
  'change-password': ({ username, password }) => {
    const field = (name: string, text?: string) => el(name, 'jabber:iq:register', {}, text)
    const children = [field('username', username), field('password', password)]
    return client.iq.set(el('query', 'jabber:iq:register', {}, ...children))
  },
  close: () => client.close(),
}

async function answer(line: string): Promise<void> {
  const { id, do: name, ...request } = JSON.parse(line)
  try {
    const operation = operations[name]
    if (!operation) throw new Error(`cannot ${name}`)
    const result = await operation(request)
    tell({ id, result: name === 'ping' || name.endsWith('-set') ? null : (result ?? null) })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    if (error instanceof StanzaError) tell({ id, error: [error.condition, error.text].filter(Boolean).join(': ') })
    else tell({ id, error: error instanceof Error ? `${error.name} ${error.message}` : String(error) })
  }
}

tell({ event: 'started' })
createInterface({ input: process.stdin })
  .on('line', answer)
  .on('close', () => process.exit(0))
