import { ClientError } from '@parlour/client-core'
import { DnsResolver, ResolveError } from '@parlour/resolver-dns'

/** Where to connect, and how TLS begins. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'direct'
}

/** Finds servers and addresses; a `DnsResolver` of `@parlour/resolver-dns` is one. */
export type ServiceResolver = Pick<DnsResolver, 'locate' | 'addresses'>

/** How targets are found. */
export interface ServiceOptions {
  /** `xmpp://host:port` (STARTTLS), `xmpps://host:port` (direct TLS) or `host:port`, in place of the domain's records. */
  readonly service?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Default: the machine's name servers. */
  readonly resolver?: ServiceResolver
}

const STARTTLS_PORT = 5222
const DIRECT_TLS_PORT = 5223

/** Shared, so that a reconnection asks nothing again that is still known. */
let systemResolver: DnsResolver | undefined

/** @internal */
export function defaultResolver(): ServiceResolver {
  systemResolver ??= new DnsResolver()
  return systemResolver
}

/**
 * The targets of a domain in the order in which to try them (RFC 6120 §3.2, XEP-0368 §3, RFC 2782).
 *
 * @throws {ClientError} `resolution-failed`: no such domain, or it says that it has no such service; see the cause
 * @throws {RangeError} for a `service` that cannot be read
 */
export async function findTargets(domain: string, options: ServiceOptions = {}): Promise<Target[]> {
  const { service, signal, resolver = defaultResolver() } = options
  if (service !== undefined) return [parseService(service)]
  const { targets } = await resolver.locate(domain, 'client', signal).catch((error: unknown) => {
    throw resolutionError(error)
  })
  return targets.map(({ host, port, security }) => ({
    host,
    port,
    tls: security === 'direct-tls' ? 'direct' : 'starttls',
  }))
}

/** The {@link ClientError} for a failed resolution, or the reason of an abort; others pass unchanged. @internal */
export function resolutionError(error: unknown): unknown {
  if (!(error instanceof ResolveError)) return error
  if (error.code === 'aborted') return error.cause
  return new ClientError('resolution-failed', { message: error.message, cause: error })
}

const SERVICE = /^(?:(xmpps?):\/\/)?(\[[0-9a-f:.]+\]|[^\s/:[\]]+)(?::(\d{1,5}))?\/?$/i

/** @throws {RangeError} */
export function parseService(text: string): Target {
  const [, scheme, host = '', digits] = SERVICE.exec(text) ?? []
  const tls = scheme?.toLowerCase() === 'xmpps' ? 'direct' : 'starttls'
  const port = digits === undefined ? (tls === 'direct' ? DIRECT_TLS_PORT : STARTTLS_PORT) : Number(digits)
  if (host === '' || port < 1 || port > 65_535)
    throw new RangeError(`"${text}" is no server address; examples: xmpp://example.org:5222, xmpps://example.org:5223`)
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port, tls }
}
