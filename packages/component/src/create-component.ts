import { type Client, ClientError, type ClientOptions, createClient } from '@parlour/client-core'
import { type Jid, parseJid } from '@parlour/jid'
import { NegotiationError } from '@parlour/stream-negotiation'
import { connectTcp, SessionTickets } from '@parlour/transport-tcp'
import { StreamError } from '@parlour/xml-stream'
import { componentAddressing } from './addressing.ts'
import { openComponentStream } from './open-component-stream.ts'
import { type ComponentOptions, DEFAULT_COMPONENT_PORT } from './options.ts'
import { systemEnvironment } from './system-environment.ts'

/**
 * An external component (XEP-0114) that stays connected to its server. It is used as a client is; what differs:
 * `jid` is its domain, `from` of what it sends may be any address of that domain (the domain itself where it is left
 * out), and every stanza and request says whom it is `to`, otherwise a `RangeError` comes back.
 */
export type Component = Client

/**
 * Makes a component, which begins to connect at once; {@link Client.online} tells when it is. After a failure, also of
 * the first attempt, it connects again, later each time, and it gives up when the server does not accept the secret,
 * does not know the domain, or gave the domain to a newer connection.
 *
 * @throws {JidError} for a domain that is none, {RangeError} for an address that is more
 * @example
 * ```ts
 * await using component = createComponent({ domain: 'echo.localhost', secret: 'of the server too' })
 * await component.online()
 * for await (const { from, to, body } of component.messages())
 *   if (body !== undefined) await component.send(message({ from: to, to: from, type: 'chat', body }))
 * ```
 */
export function createComponent(options: ComponentOptions): Component {
  const { reconnection = {}, keepalive, signal } = options
  const jid = typeof options.domain === 'string' ? parseJid(options.domain) : options.domain
  if (jid.local !== '' || jid.resource !== '') throw new RangeError(`${jid} is no domain`)
  return createClient({
    jid,
    open: streamOpener(jid, options),
    environment: systemEnvironment,
    addressing: componentAddressing(jid),
    reconnection: reconnection && { beforeFirstSession: true, ...reconnection },
    ...(keepalive !== undefined && { keepalive }),
    ...(signal && { signal }),
  })
}

function streamOpener(component: Jid, options: ComponentOptions): ClientOptions['open'] {
  const { host = '127.0.0.1', port = DEFAULT_COMPONENT_PORT, tls = false, secret, limits } = options
  const { servername = host, ca, connectTimeout = 10_000, negotiationTimeout = 30_000 } = options
  const tickets = new SessionTickets()
  const where = { host, port, servername, connectTimeout, ...(ca !== undefined && { ca }), alpn: [], tickets }
  return async (signal) => {
    const connection = await connectTcp({ ...where, tls: tls ? 'direct' : 'starttls', signal })
    const environment = systemEnvironment
    try {
      return await openComponentStream(connection, {
        ...{ component, secret, environment, negotiationTimeout, limits, signal },
      })
    } catch (error) {
      throw inPassing(error)
    }
  }
}

/** The other connection may be one of ours that the server has not yet found to be dead: a reason to wait. */
function inPassing(error: unknown): unknown {
  const cause = error instanceof NegotiationError ? error.cause : undefined
  const passes = cause instanceof StreamError && cause.condition === 'conflict'
  return passes ? new ClientError('connection-failed', { message: cause.message, cause }) : error
}
