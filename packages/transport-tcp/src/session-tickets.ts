import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { Authorities } from './authorities.ts'

/** As many as servers hand out at once. */
const MAX_TICKETS = 2
const MAX_SERVERS = 32
/** Milliseconds for which a certificate that was verified need not be shown again. */
const LONGEST_TRUST = 12 * 3_600_000

/** Of one connection: what the next may resume, and who was verified then. */
export interface Ticket {
  readonly session: Buffer
  readonly certificate: PeerCertificate
  /** Milliseconds since 1970: no certificate of the chain has ended before, and it was verified not long ago. */
  readonly until: number
}

/**
 * What servers hand out for resuming TLS sessions (RFC 8446 §2.2), for a client that connects again and again: a resumed
 * handshake needs no certificates and no signatures. In memory only, and bounded: the newest two of each of 32 servers.
 *
 * One for each account: a ticket tells the server that two connections are of the same client. Each is used once (RFC 8446
 * §C.4), with TLS 1.3 only, where the keys are new all the same; and only to the same host, port, name and protocol, with the
 * same authorities, while the certificate that was verified then is good.
 *
 * @example
 * ```ts
 * const tickets = new SessionTickets()
 * const connection = await connectTcp({ ...server, tickets })
 * ```
 */
export class SessionTickets {
  readonly #trusting = new WeakMap<Authorities, Map<string, Ticket[]>>()

  /** @internal The newest one, which is not kept any more. */
  take(authorities: Authorities, server: string): Ticket | undefined {
    const ticket = this.#trusting.get(authorities)?.get(server)?.pop()
    return ticket && ticket.until > Date.now() ? ticket : undefined
  }

  /** @internal Forgets those of a server. */
  forget(authorities: Authorities, server: string): void {
    this.#trusting.get(authorities)?.delete(server)
  }

  /** @internal Keeps what a server hands out on a connection, once it is verified. */
  keep(socket: TLSSocket, authorities: Authorities, server: string, offered: Ticket | undefined): void {
    if (offered) offers.set(socket, offered)
    socket.on('session', (session: Buffer) => {
      if (!socket.authorized || socket.getProtocol() !== 'TLSv1.3') return
      const verified = resumedTicket(socket) ?? shown(socket)
      if (verified) this.#add(authorities, server, { ...verified, session })
    })
  }

  #add(authorities: Authorities, server: string, ticket: Ticket): void {
    const servers = this.#trusting.get(authorities) ?? new Map<string, Ticket[]>()
    this.#trusting.set(authorities, servers)
    const { fingerprint256 } = ticket.certificate
    const others = servers.get(server)?.filter(({ certificate }) => certificate.fingerprint256 === fingerprint256) ?? []
    // Behind all others: those of servers that were left long ago go first.
    servers.delete(server)
    servers.set(server, [...others, ticket].slice(-MAX_TICKETS))
    if (servers.size > MAX_SERVERS) servers.delete(servers.keys().next().value as string)
  }
}

const offers = new WeakMap<TLSSocket, Ticket>()

/** What a connection has resumed: Node does not tell its certificate, which was shown on an earlier one. */
export function resumedTicket(socket: TLSSocket): Ticket | undefined {
  const offered = offers.get(socket)
  return offered && !socket.destroyed && socket.isSessionReused() ? offered : undefined
}

function shown(socket: TLSSocket): Omit<Ticket, 'session'> | undefined {
  const certificate = socket.getPeerCertificate()
  return certificate?.raw ? { certificate, until: trustedUntil(socket) } : undefined
}

function trustedUntil(socket: TLSSocket): number {
  let until = Date.now() + LONGEST_TRUST
  for (let each = socket.getPeerX509Certificate(); each; each = each.issuerCertificate)
    until = Math.min(until, Date.parse(each.validTo))
  return until
}
