import { type Client, createClient } from '@parlour/client-core'
import { type Jid, parseJid } from '@parlour/jid'
import { streamOpener } from './open.ts'
import type { ConnectOptions } from './options.ts'
import { systemEnvironment } from './system-environment.ts'

/**
 * Signs in: finds the server of the JID's domain, connects with TLS (always), authenticates with the best mechanism
 * that both sides know, with channel binding where possible, and binds a resource. The client then stays connected
 * until it is closed.
 *
 * @throws {ClientError} `authentication-failed`, `resolution-failed`, `connection-failed`, `tls-failed`, `timeout`, …;
 *   nothing is left behind then
 * @throws {JidError} for a `jid` that is none
 * @example
 * await using client = await connect({ jid: 'juliet@example.org', password })
 * await client.send(message({ to: 'romeo@example.net', type: 'chat', body: 'Art thou not Romeo?' }))
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const client = startClient(options)
  try {
    await client.online()
  } catch (error) {
    await client.close()
    throw error
  }
  return client
}

/** As {@link connect}, without waiting: the client's `state` and `online()` tell how it goes. */
export function startClient(options: ConnectOptions): Client {
  const { reconnection, keepalive, streamManagement, signal } = options
  const jid: Jid = typeof options.jid === 'string' ? parseJid(options.jid) : options.jid
  return createClient({
    jid,
    open: streamOpener(jid, options),
    environment: systemEnvironment,
    ...(reconnection !== undefined && { reconnection }),
    ...(keepalive !== undefined && { keepalive }),
    ...(streamManagement !== undefined && { streamManagement }),
    ...(signal && { signal }),
  })
}
