import { parseXml } from '@parlour/xml'
import { afterEach } from 'vitest'
import type { Guest } from '../kernel.fixture.ts'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

export async function start(network: Network, domain: string, options: ServerOptions = {}): Promise<Server> {
  const server = await Server.start(network, domain, options)
  open.push(server)
  return server
}

export async function one(options: ServerOptions = {}) {
  const network = new Network()
  const a = await start(network, 'a.example', options)
  return { network, a, juliet: await a.connect() }
}

export async function two(options: ServerOptions = {}, other: ServerOptions = options) {
  const { network, a, juliet } = await one(options)
  const b = await start(network, 'b.example', other)
  return { network, a, b, juliet, romeo: await b.connect() }
}

/** Two whose link has carried a message, and rests. */
export async function linked(options: ServerOptions = {}) {
  const servers = await two(options)
  const { network, juliet, romeo } = servers
  await tell(juliet, message('b.example', '1'))
  await network.until(() => romeo.heard.length > 0, 'romeo hears')
  await network.pass(2_000)
  return servers
}

/** Says a stanza; unlike `Guest.say`, leaves what is heard. */
export async function tell(guest: Guest, xml: string): Promise<void> {
  await guest.session.receive(parseXml(xml.replace(/^<(\w+)/, `<$1 xmlns='jabber:client'`)))
}

export const message = (domain: string, body = 'hello', type = 'chat') =>
  `<message to='user@${domain}/here' type='${type}' id='m'><body>${body}</body></message>`

/** What a client has heard, as one text. */
export const all = (heard: readonly string[]) => heard.join('')
