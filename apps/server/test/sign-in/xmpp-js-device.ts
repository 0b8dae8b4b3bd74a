/** `@xmpp/client` as a device that comes twice: with the password, and with the token that it got then. Tells each in JSON. */
import { randomUUID } from 'node:crypto'
import * as xmppJs from '@xmpp/client'

/** What its declarations, which are ours, leave out. */
interface Device {
  readonly reconnect: { stop(): void }
  readonly fast: { saveToken: (token: unknown) => Promise<void>; fetchToken: () => Promise<unknown> }
  on(
    event: 'send' | 'element',
    listener: (element: { is(name: string): boolean; attrs: Record<string, string> }) => void,
  ): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'online', listener: (jid: { toString(): string }) => void): void
  start(): Promise<{ toString(): string }>
  stop(): Promise<unknown>
}

const create = xmppJs.client as unknown as (options: Readonly<Record<string, unknown>>) => Device
const [service, domain, username, password] = process.argv.slice(2)
const userAgent = xmppJs.xml(
  'user-agent',
  { id: randomUUID() },
  xmppJs.xml('software', {}, 'xmpp.js'),
  xmppJs.xml('device', {}, 'Test'),
)
let token: unknown

async function come(secret: string | undefined): Promise<void> {
  const device = create({ service, domain, username, password: secret, userAgent, resource: 'balcony' })
  const sent: string[] = []
  const received: string[] = []
  device.reconnect.stop()
  device.fast.saveToken = async (saved) => {
    token = saved
  }
  device.fast.fetchToken = async () => token
  device.on('error', (error) => console.error(error.message))
  device.on('element', (element) => element.is('error') && received.push('error'))
  device.on('send', (element) => element.is('authenticate') && sent.push(element.attrs.mechanism ?? ''))
  // `start` waits for the server's header only once its own is written out; a quicker answer leaves it waiting for ever.
  const online = new Promise<{ toString(): string }>((resolve) => device.on('online', resolve))
  const jid = (await Promise.race([device.start(), online])).toString()
  await device.stop()
  console.log(JSON.stringify({ jid, mechanisms: sent, errors: received }))
}

await come(password)
await come('not the password')
process.exit(0)
