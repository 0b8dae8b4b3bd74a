import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { ClientError } from '@parlour/client-core'
import { type ServiceRecord, selectService } from '@parlour/routing'
import { toAsciiDomain } from '@parlour/tls-negotiation'

/** Where to connect, and how TLS begins. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'direct'
}

/** Looks up SRV records; rejects as `node:dns` does. */
export type ResolveService = (name: string, signal: AbortSignal | undefined) => Promise<ServiceRecord[]>

/** How targets are found. */
export interface ServiceOptions {
  /** `xmpp://host:port` (STARTTLS), `xmpps://host:port` (direct TLS) or `host:port`, in place of the domain's records. */
  readonly service?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Default: the machine's name servers. */
  readonly resolve?: ResolveService
  /** Gives a number from 0 up to, not including, 1, for the weights of RFC 2782. */
  readonly random?: () => number
}

const STARTTLS_PORT = 5222
const DIRECT_TLS_PORT = 5223
/** Answers that mean: there are no such records. */
const NO_RECORDS: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND'])

/**
 * The targets of a domain in the order in which to try them (RFC 6120 §3.2, XEP-0368 §2, RFC 2782).
 *
 * @throws {ClientError} `resolution-failed`: the domain says that it has no such service
 * @throws {RangeError} for a `service` that cannot be read
 */
export async function findTargets(domain: string, options: ServiceOptions = {}): Promise<Target[]> {
  if (options.service !== undefined) return [parseService(options.service)]
  const host = domain.replace(/^\[(.*)\]$/, '$1')
  const fallback: Target = { host: isIP(host) ? host : toAsciiDomain(domain), port: STARTTLS_PORT, tls: 'starttls' }
  if (isIP(host) || isLocal(domain)) return [fallback]
  const selection = selectService(await lookUp(fallback.host, options), options.random ?? Math.random)
  if (selection.kind === 'fallback') return [fallback]
  if (selection.kind === 'not-offered')
    throw new ClientError('resolution-failed', { message: `${domain} says that it offers no XMPP service to clients` })
  return selection.targets.map(({ target, port, security }) => ({
    host: target,
    port,
    tls: security === 'direct-tls' ? 'direct' : 'starttls',
  }))
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

/** RFC 6761 §6.3: such names mean this machine and are not asked of name servers. */
function isLocal(domain: string): boolean {
  return domain === 'localhost' || domain.endsWith('.localhost')
}

async function lookUp(domain: string, { signal, resolve = resolveService }: ServiceOptions) {
  const records = (service: string) =>
    resolve(`_${service}._tcp.${domain}`, signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (hasCode(error) && NO_RECORDS.has(error.code)) return []
      return error as Error
    })
  const [directTls, startTls] = await Promise.all([records('xmpps-client'), records('xmpp-client')])
  // A failure of one lookup does not hide the other's answer; of both, the domain itself is tried (RFC 6120 §3.2.1).
  return {
    directTls: directTls instanceof Error ? [] : directTls,
    startTls: startTls instanceof Error ? [] : startTls,
  }
}

async function resolveService(name: string, signal: AbortSignal | undefined): Promise<ServiceRecord[]> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 })
  const cancel = () => resolver.cancel()
  signal?.addEventListener('abort', cancel)
  try {
    const records = await resolver.resolveSrv(name)
    return records.map((record) => ({ ...record, target: record.name === '' ? '.' : record.name }))
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

function hasCode(error: unknown): error is { code: unknown } {
  return error instanceof Error && 'code' in error
}
