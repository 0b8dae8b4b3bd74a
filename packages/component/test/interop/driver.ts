/**
 * Drives a component by lines of JSON: `{"id", "do", …}` in, `{"id", "result" | "error"}` and `{"event", …}` out, as the
 * drivers of clients in the server's interoperability tests.
 */
import { createInterface } from 'node:readline'
import { ClientError, type Component, createComponent } from '@parlour/component'
import { pingClient } from '@parlour/extensions/ping/client'
import { message, type PresenceType, presence, type Show, type Stanza, StanzaError } from '@parlour/stanza'
import { el } from '@parlour/xml'

type Request = Readonly<Record<string, string>> & { readonly port?: string }
const tell = (what: object) => console.log(JSON.stringify(what))
const DISCO_INFO = 'http://jabber.org/protocol/disco#info'

let component: Component

async function connect({ jid = '', password = '', host = '', port }: Request) {
  component = createComponent({ domain: jid, secret: password, host, port: Number(port), reconnection: false })
  component.stanzas(tellStanza)
  component.use(pingClient)
  component.iq.handle('get', DISCO_INFO, 'query', () =>
    el('query', DISCO_INFO, {}, el('identity', DISCO_INFO, { category: 'gateway', type: 'test' })),
  )
  await component.online()
  return { jid, mechanism: component.agreement?.mechanism }
}

function tellStanza(stanza: Stanza): void {
  process.stderr.write(`RECV ${stanza.element}\n`)
  const [from, to] = [String(stanza.from), String(stanza.to)]
  if (stanza.kind === 'message') tell({ event: 'message', from, to, type: stanza.type, body: stanza.body ?? '' })
  if (stanza.kind === 'presence') {
    const [show, status] = [stanza.show ?? '', stanza.status ?? '']
    tell({ event: 'presence', from, to, type: stanza.type ?? 'available', show, status })
  }
}

const operations: Readonly<Record<string, (request: Request) => unknown>> = {
  connect,
  message: ({ from, to, body }) => component.send(message({ from, to, body, type: 'chat' })),
  presence: ({ from, to, type, show, status }) =>
    component.send(presence({ from, to, type: type as PresenceType, show: show as Show | undefined, status })),
  async version({ to = '' }) {
    const version = await component.iq.get(el('query', 'jabber:iq:version'), { to })
    return { name: version?.childText('name') }
  },
  close: () => component.close(),
}

async function answer(line: string): Promise<void> {
  const { id, do: name, ...request } = JSON.parse(line)
  try {
    const operation = operations[name]
    if (!operation) throw new Error(`cannot ${name}`)
    tell({ id, result: (await operation(request)) ?? null })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    const text = error instanceof StanzaError ? error.condition : String(error)
    tell({ id, error: error instanceof ClientError ? `${error.code} ${text}` : text })
  }
}

tell({ event: 'started' })
createInterface({ input: process.stdin }).on('line', (line) => void answer(line))
