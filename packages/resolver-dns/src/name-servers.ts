import { Resolver } from 'node:dns'
import { isIP } from 'node:net'
import type { ResolverEnvironment } from './environment.ts'

/** Whom to ask. */
export interface NameServer {
  readonly host: string
  readonly port: number
}

const ADDRESS = /^(?:\[([0-9a-f:.]+(?:%[^\]]+)?)\]|([0-9.]+))(?::(\d{1,5}))?$/i

/**
 * Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.
 *
 * @throws {RangeError}
 */
export function parseNameServer(text: string): NameServer {
  if (isIP(text) !== 0) return { host: text, port: 53 }
  const [, six, four, digits = '53'] = ADDRESS.exec(text) ?? []
  const host = six ?? four ?? ''
  const port = Number(digits)
  if (isIP(host) !== 0 && port > 0 && port <= 65_535) return { host, port }
  throw new RangeError(`"${text}" is no name server; examples: 192.0.2.53, 127.0.0.1:5353, [2001:db8::53]:53`)
}

/** `192.0.2.53:53`, `[2001:db8::53]:53` */
export function nameServerText({ host, port }: NameServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

const REFRESH = 30_000
/** The resolver of the C library has the same bound. */
const MAXIMUM_SYSTEM_SERVERS = 3

/** The machine's name servers, read again from time to time: a laptop changes its network. */
export function systemNameServers({ now }: ResolverEnvironment): () => readonly NameServer[] {
  let servers: readonly NameServer[] = []
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    if (now() - readAt < REFRESH) return servers
    readAt = now()
    servers = new Resolver().getServers().slice(0, MAXIMUM_SYSTEM_SERVERS).map(parseNameServer)
    return servers
  }
}
