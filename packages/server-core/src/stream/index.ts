import type { Connection } from '@parlour/transport'
import { createClientStream } from './client-stream-driver.ts'
import type { ClientStream, StreamKernel } from './kernel-port.ts'
import { type ClientStreamOptions, DEFAULT_CLIENT_STREAM_OPTIONS } from './options.ts'

export * from './kernel-port.ts'
export * from './options.ts'

/**
 * Serves a client's connection that was just accepted: negotiates the stream (RFC 6120 §4 to §7), asks the kernel for
 * a session, and gives the session every first-level element from then on, until the connection is gone.
 *
 * @param options those left out are {@link DEFAULT_CLIENT_STREAM_OPTIONS}
 */
export function acceptClientStream(
  connection: Connection,
  options: Partial<ClientStreamOptions>,
  kernel: StreamKernel,
): ClientStream {
  return createClientStream(connection, completed(options), kernel)
}

const complete = new WeakMap<Partial<ClientStreamOptions>, ClientStreamOptions>()

/** A listener has the same options for all its connections. */
function completed(options: Partial<ClientStreamOptions>): ClientStreamOptions {
  const known = complete.get(options)
  if (known) return known
  const made = { ...DEFAULT_CLIENT_STREAM_OPTIONS, ...options }
  complete.set(options, made)
  return made
}
