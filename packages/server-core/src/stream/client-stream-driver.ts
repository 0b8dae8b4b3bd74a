import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { isSessionRequest, sessionResult } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { type Element, serialize } from '@parlour/xml'
import { AcceptedStream, type AcceptedStreamParts, type StreamRole } from './accepted-stream.ts'
import type { ClientSession, ClientStream, StreamKernel } from './kernel-port.ts'
import { Negotiation } from './negotiation.ts'
import type { ClientStreamOptions } from './options.ts'

/** The stream of a client: until a resource is bound, what arrives goes to the {@link Negotiation}. */
export function createClientStream(
  connection: Connection,
  options: ClientStreamOptions,
  kernel: StreamKernel,
): ClientStream {
  const role: StreamRole<ClientSession> = {
    contentNamespace: CLIENT_NAMESPACE,
    negotiate: (parts: AcceptedStreamParts<ClientSession>) => new Negotiation({ ...parts, options, kernel }),
    receive,
  }
  return new AcceptedStream(connection, options, kernel, role)
}

/** Parser → session, nothing between (RFC 3921's session request aside). */
function receive(session: ClientSession, element: Element, stream: ClientStream): void | Promise<void> {
  if (!isSessionRequest(element, session.jid.domain)) return session.receive(element)
  const result = serialize(sessionResult(element), CLIENT_NAMESPACE)
  if (session.answered) session.answered(result)
  else stream.send(result)
}
