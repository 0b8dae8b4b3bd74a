import type { Connection } from '@parlour/transport'
import type { OpenedClientStream } from './opened-client-stream.ts'
import { Opening } from './opening.ts'
import type { OpenClientStreamOptions } from './options.ts'

export * from './opened-client-stream.ts'
export * from './options.ts'
export * from './token-store.ts'

/**
 * Opens a stream on a connection that was just made: TLS, authentication, resource binding (RFC 6120 §4 to §7). On
 * failure the connection is closed and no timer is left.
 *
 * @throws {NegotiationError} with a code that says why, and the cause behind it (such as a `SaslError`)
 * @example
 * const stream = await openClientStream(connection, { jid: parseJid('juliet@im.example.com'), credentials: { password }, environment })
 * stream.onElement((element) => console.log(String(element)))
 * stream.send(presence({}))
 */
export function openClientStream(
  connection: Connection,
  options: OpenClientStreamOptions,
): Promise<OpenedClientStream> {
  return new Promise((resolve, reject) => new Opening(connection, options, { resolve, reject }))
}
