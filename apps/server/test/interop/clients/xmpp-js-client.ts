/** Drives `@xmpp/client` by lines of JSON: {"id", "do", …} in, {"id", "result" | "error"} and {"event", …} out. */
import { createInterface } from 'node:readline'
import { type Client, client, type Element, jid as readJid, xml } from '@xmpp/client'
import { askArchive } from './xmpp-js-archive.ts'
import { deviceOperations, tellDevices } from './xmpp-js-devices.ts'

type Request = Readonly<Record<string, string>> & { readonly groups?: readonly string[] }
const ROSTER = 'jabber:iq:roster'
const tell = (what: object) => console.log(JSON.stringify(what))

let entity: Client
let mechanism: string | undefined

async function connect(request: Request) {
  const address = readJid(request.jid as string)
  entity = client({
    service: `${request.tls === 'direct' ? 'xmpps' : 'xmpp'}://${request.host}:${request.port}`,
    domain: address.domain,
    resource: address.resource,
    username: address.local,
    password: request.password as string,
  })
  entity.reconnect.stop()
  entity.timeout = 40_000
  listen()
  return start()
}

/** `start` waits for the server's header only once its own is written out; a quicker answer leaves it waiting for ever. */
async function start() {
  const online = new Promise<{ toString(): string }>((resolve) => entity.on('online', resolve))
  const jid = await Promise.race([entity.start(), online])
  return { jid: jid.toString(), mechanism }
}

/** It keeps its token, and the id of its user agent. */
async function startAgain() {
  await entity.stop()
  mechanism = undefined
  return start()
}

function listen(): void {
  entity.on('error', (error) => process.stderr.write(`error ${error.stack}\n`))
  entity.on('element', (element) => process.stderr.write(`RECV ${element}\n`))
  entity.on('send', (element) => {
    process.stderr.write(`SEND ${element}\n`)
    if (element.is('auth')) mechanism = element.attrs.mechanism
    if (element.is('authenticate')) mechanism = element.attrs.mechanism
  })
  entity.on('disconnect', () => tell({ event: 'closed' }))
  tellDevices(entity, tell)
  entity.on('nonza', (element) => {
    if (element.is('error')) tell({ event: 'stream-error', condition: (element.children[0] as Element).name })
  })
  entity.on('stanza', (stanza) => {
    if (stanza.is('message') && stanza.attrs.type === 'error') tellError(stanza)
    else if (stanza.is('message') && stanza.getChild('body')) tellMessage(stanza)
    if (stanza.is('presence')) tellPresence(stanza)
  })
  entity.iqCallee.set(ROSTER, 'query', ({ element }) => {
    for (const item of element.getChildren('item')) tell({ event: 'roster-push', ...item.attrs })
    return true
  })
}

function tellMessage(stanza: Element): void {
  const delayed = stanza.getChild('delay', 'urn:xmpp:delay')?.attrs.stamp ?? null
  tell({
    event: 'message',
    from: stanza.attrs.from,
    type: stanza.attrs.type,
    body: stanza.getChildText('body'),
    delayed,
  })
}

function tellError(stanza: Element): void {
  const error = stanza.getChild('error')?.children.filter((child): child is Element => typeof child !== 'string')
  const condition = error?.find(({ name }) => name !== 'text')?.name
  tell({ event: 'message-error', from: stanza.attrs.from, condition })
}

function tellPresence(stanza: Element): void {
  const [show, status] = [stanza.getChildText('show') ?? '', stanza.getChildText('status') ?? '']
  tell({ event: 'presence', from: stanza.attrs.from, type: stanza.attrs.type ?? 'available', show, status })
}

const DISCO = 'http://jabber.org/protocol/disco'
const NOTE = 'urn:parlour:interop'
const get = (name: string, xmlns: string, to?: string) => entity.iqCaller.get(xml(name, { xmlns }), to, 40_000)
const set = (payload: Element) => entity.iqCaller.set(payload, undefined, 40_000)

/** Its module keeps nothing that is sent without a connection: what is sent comes after the resumption. */
async function sendWhenBack({ to, body }: Request) {
  const { streamManagement } = entity
  const resumed = new Promise<boolean>((resolve) => {
    streamManagement.on('resumed', () => resolve(true))
    entity.on('online', () => resolve(false))
  })
  await entity.reconnect.reconnect()
  const isResumed = await resumed
  const acknowledged = new Promise<void>((resolve) =>
    streamManagement.on('ack', (stanza) => {
      if (stanza.getChildText('body') === body) resolve()
    }),
  )
  await entity.send(xml('message', { to, type: 'chat' }, xml('body', {}, body)))
  await acknowledged
  return { resumed: isResumed }
}

const operations: Record<string, (request: Request) => Promise<unknown>> = {
  connect,
  'connect-again': startAgain,
  presence: ({ to, type, show, status, priority }) =>
    entity.send(
      xml(
        'presence',
        { ...(to && { to }), ...(type && { type }) },
        ...Object.entries({ show, status, priority }).flatMap(([name, text]) =>
          text === undefined ? [] : [xml(name, {}, String(text))],
        ),
      ),
    ),
  'roster-get': async () =>
    (await get('query', ROSTER))?.getChildren('item').map((item) => ({
      ...item.attrs,
      groups: item.getChildren('group').map((group) => group.text()),
    })),
  'roster-set': async ({ jid, name, groups }) => {
    await set(
      xml(
        'query',
        { xmlns: ROSTER },
        xml('item', { jid, name }, ...(groups ?? []).map((text) => xml('group', {}, text))),
      ),
    )
  },
  'roster-remove': async ({ jid }) => {
    await set(xml('query', { xmlns: ROSTER }, xml('item', { jid, subscription: 'remove' })))
  },
  cut: async () => {
    entity.socket?.end()
  },
  'message-when-back': sendWhenBack,
  message: ({ to, body }) => entity.send(xml('message', { to, type: 'chat' }, xml('body', {}, body))),
  disco: async ({ to }) => {
    const info = await get('query', `${DISCO}#info`, to)
    return {
      features: info?.getChildren('feature').map((feature) => feature.attrs.var),
      identities: info?.getChildren('identity').map(({ attrs }) => [attrs.category, attrs.type, attrs.name]),
    }
  },
  'disco-items': async ({ to }) =>
    (await get('query', `${DISCO}#items`, to))?.getChildren('item').map((item) => item.attrs.jid),
  ping: async ({ to }) => {
    await get('ping', 'urn:xmpp:ping', to)
  },
  'vcard-set': async ({ fullName }) => {
    await set(xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, fullName)))
  },
  'vcard-get': async ({ to }) => ({ fullName: (await get('vCard', 'vcard-temp', to))?.getChildText('FN') }),
  'last-activity': async ({ to }) => ({ seconds: Number((await get('query', 'jabber:iq:last', to))?.attrs.seconds) }),
  version: async ({ to }) => ({ name: (await get('query', 'jabber:iq:version', to))?.getChildText('name') }),
  time: async ({ to }) => ({ utc: (await get('time', 'urn:xmpp:time', to))?.getChildText('utc') }),
  'private-set': async ({ text }) => {
    await set(xml('query', { xmlns: 'jabber:iq:private' }, xml('note', { xmlns: NOTE }, text)))
  },
  'private-get': async () => {
    const answer = await entity.iqCaller.get(xml('query', { xmlns: 'jabber:iq:private' }, xml('note', { xmlns: NOTE })))
    return { text: answer?.getChildText('note', NOTE) }
  },
  archive: (request) => askArchive(entity, request),
  ...deviceOperations(() => entity),
  'change-password': async ({ username, password }) => {
    await set(
      xml('query', { xmlns: 'jabber:iq:register' }, xml('username', {}, username), xml('password', {}, password)),
    )
  },
  close: () => entity.stop(),
}

tell({ event: 'started' })
createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, do: name, ...request } = JSON.parse(line)
    try {
      const operation = operations[name]
      if (!operation) throw new Error(`cannot ${name}`)
      tell({ id, result: (await operation(request)) ?? null })
    } catch (error) {
      tell({
        id,
        error:
          error instanceof Error
            ? ((error as { condition?: string }).condition ?? (error.message || error.name))
            : String(error),
      })
    }
  })
  .on('close', () => process.exit(0))
