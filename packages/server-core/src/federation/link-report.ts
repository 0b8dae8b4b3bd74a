import type { IncomingStream } from './incoming-stream.ts'
import type { LinkState, OutgoingLink } from './outgoing-link.ts'
import type { ServerStream } from './server-stream.ts'
import type { StanzaExchange } from './stanza-exchange.ts'

/** What an operator is told of one direction between two domains. */
export interface LinkReport {
  readonly local: string
  readonly remote: string
  readonly direction: 'outgoing' | 'incoming'
  readonly state: LinkState
  /** Milliseconds since 1970 at which this state began. */
  readonly since: number
  readonly remoteAddress: string | undefined
  /** Version and cipher suite of TLS. */
  readonly tls: { readonly protocol: string; readonly cipher: string } | undefined
  readonly authentication: 'external' | 'dialback' | 'none'
  /** Stanzas go both ways on its stream (XEP-0288). */
  readonly bidirectional: boolean
  /** Stanzas are acknowledged (XEP-0198). */
  readonly managed: boolean
  /** Stanzas that wait for a link. */
  readonly queueLength: number
  readonly queueBytes: number
  /** Bytes that were sent and are not acknowledged, or not known to be taken by the other side. */
  readonly pendingBytes: number
  /** Why the last attempt or stream failed. */
  readonly lastError: string | undefined
}

export function reportOutgoing(link: OutgoingLink): LinkReport {
  const { stream, exchange, state, since, lastError, queue, names } = link
  const { local, remote } = names
  return {
    ...{ local, remote, state, since, queueLength: queue.length, queueBytes: queue.bytes },
    direction: 'outgoing',
    ...connectionOf(exchange?.stream ?? stream?.io),
    authentication: stream?.authentication ?? 'none',
    bidirectional: exchange ? exchange !== stream?.exchange || stream.bidirectional : false,
    ...flowOf(exchange),
    lastError: lastError?.message,
  }
}

/** One report for each pair of domains that is authenticated on the stream; none before. */
export function reportIncoming(stream: IncomingStream): LinkReport[] {
  const { pairs, since, authentication, bidirectional, exchange, io } = stream
  return pairs.list().map(({ remote, local }) => ({
    ...{ local, remote, since, authentication, bidirectional, queueLength: 0, queueBytes: 0 },
    direction: 'incoming',
    state: 'established',
    ...connectionOf(io),
    ...flowOf(exchange),
    lastError: undefined,
  }))
}

function connectionOf(io: ServerStream | undefined): Pick<LinkReport, 'remoteAddress' | 'tls'> {
  const security = io?.security
  const tls = security && { protocol: security.protocol, cipher: security.cipher }
  return { remoteAddress: io?.remoteAddress, tls }
}

function flowOf(exchange: StanzaExchange | undefined): Pick<LinkReport, 'managed' | 'pendingBytes'> {
  const { session, pendingBytes = 0, unconfirmedBytes = 0 } = exchange ?? {}
  return { managed: session !== undefined, pendingBytes: Math.max(pendingBytes, unconfirmedBytes) }
}
