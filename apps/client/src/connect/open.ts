import { randomUUID, X509Certificate } from 'node:crypto'
import {
  ClientError,
  createMemoryTokenStore,
  type OpenedClientStream,
  openClientStream,
  openingError,
  type SessionWish,
} from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { ResolveError, raceAddresses } from '@parlour/resolver-dns'
import { SaltedPasswordCache } from '@parlour/sasl'
import { parseLocation } from '@parlour/stream-management'
import { NegotiationError } from '@parlour/stream-negotiation'
import { matchesDomain, parseSubjectAltName, toAsciiDomain } from '@parlour/tls-negotiation'
import { type Connection, TransportError } from '@parlour/transport'
import { connectTcp, SessionTickets } from '@parlour/transport-tcp'
import { StreamError } from '@parlour/xml-stream'
import type { ConnectOptions } from './options.ts'
import { defaultResolver, findTargets, parseService, resolutionError, type Target } from './service.ts'
import { systemEnvironment } from './system-environment.ts'

/** After these the next address of the domain may fare better. */
const OF_ONE_ADDRESS: ReadonlySet<string> = new Set(['connection-failed', 'tls-failed', 'timeout', 'resolution-failed'])
const MAXIMUM_REDIRECTIONS = 3
const ofConnection = [ClientError, NegotiationError, TransportError, StreamError]

/** Opens a stream to a raw connection and leaves the rest to `use`: for sign-in, and for registration before it. */
export type UseConnection<Result> = (connection: Connection, signal: AbortSignal) => Promise<Result>

/** TLS sessions of earlier connections of the same account may be resumed. */
type OpenOptions = ConnectOptions & { readonly tickets?: SessionTickets }

type Opener = (signal: AbortSignal, session: SessionWish) => Promise<OpenedClientStream>

/** A function that opens a signed-in stream, trying the domain's servers in turn. */
export function streamOpener(jid: Jid, options: ConnectOptions, invalidateToken = false): Opener {
  // Kept over reconnections, so that each costs no new key derivation, and no whole TLS handshake.
  const saltedPasswords = new SaltedPasswordCache()
  const tickets = new SessionTickets()
  const { password, lang, negotiationTimeout, limits, resourceTag = 'parlour' } = options
  const { userAgent = { id: randomUUID(), software: 'Parlour' }, tokens = createMemoryTokenStore() } = options
  const credentials = {
    saltedPasswords,
    ...(password !== undefined && { password }),
    ...(jid.local === '' && { anonymous: true }),
    ...options.credentials,
  }
  const optional = {
    ...{ userAgent, tokens, resourceTag, invalidateToken },
    ...(lang !== undefined && { lang }),
    ...(negotiationTimeout !== undefined && { negotiationTimeout }),
    ...(limits && { limits }),
  }
  return (signal, session) => {
    const sign: UseConnection<OpenedClientStream> = (connection) =>
      openClientStream(connection, { jid, credentials, environment: systemEnvironment, signal, session, ...optional })
    return openPreferred(session.resume?.location, jid.domain, { ...options, tickets }, signal, sign)
  }
}

/** Where the server prefers a session to be resumed (XEP-0198 §5); if that fails, as for any other stream. */
async function openPreferred(
  location: string | undefined,
  domain: string,
  options: OpenOptions,
  signal: AbortSignal,
  use: UseConnection<OpenedClientStream>,
): Promise<OpenedClientStream> {
  if (location !== undefined && parseLocation(location)) {
    // The server knows how the client came to it, but has only one kind of address to say.
    const service = options.service?.toLowerCase().startsWith('xmpps:') ? `xmpps://${location}` : location
    try {
      return await openFirst(domain, { ...options, service }, signal, use)
    } catch (error) {
      if (!(error instanceof ClientError) || !OF_ONE_ADDRESS.has(error.code)) throw error
    }
  }
  return openFirst(domain, options, signal, use)
}

/**
 * Connects to the first of the domain's servers with which `use` succeeds.
 *
 * @throws {ClientError} the most telling one; with several addresses its `cause` is an AggregateError of all. What else
 *   `use` rejects with is passed on.
 */
export async function openFirst<Result>(
  domain: string,
  options: OpenOptions,
  signal: AbortSignal,
  use: UseConnection<Result>,
): Promise<Result> {
  const { service, resolver } = options
  const targets = await findTargets(domain, { service, signal, ...(resolver && { resolver }) })
  const errors: ClientError[] = []
  let redirections = 0
  for (let target = targets.shift(); target; target = targets.shift()) {
    try {
      return await openAt(target, domain, options, signal, use)
    } catch (thrown) {
      if (!ofConnection.some((kind) => thrown instanceof kind)) throw thrown
      const error = openingError(thrown)
      const otherHost = redirections < MAXIMUM_REDIRECTIONS ? redirection(error) : undefined
      if (otherHost) targets.unshift(otherHost)
      else if (!OF_ONE_ADDRESS.has(error.code)) throw error
      if (otherHost) redirections++
      errors.push(error)
    }
  }
  throw summary(errors)
}

async function openAt<Result>(
  { host, port, tls }: Target,
  domain: string,
  { ca, connectTimeout = 10_000, resolver = defaultResolver(), tickets }: OpenOptions,
  signal: AbortSignal,
  use: UseConnection<Result>,
): Promise<Result> {
  const addresses = await resolver.addresses(host, signal).catch((error: unknown) => {
    throw resolutionError(error)
  })
  const servername = toAsciiDomain(domain).replace(/^\[(.*)\]$/, '$1')
  const attempt = (address: string, ended: AbortSignal) =>
    connectTcp({
      ...{ host: address, port, tls, servername, connectTimeout, verifyIdentity, signal: ended },
      ...(ca !== undefined && { ca }),
      ...(tickets && { tickets }),
    })
  const discard = (connection: Connection) => connection.destroy()
  const connection = await raceAddresses(addresses, attempt, { signal, discard }).catch((error: unknown) => {
    throw ofAddresses(error)
  })
  return use(connection, signal)
}

/** One error for the addresses of one host: that one proved to be another's says more than that others refused. */
function ofAddresses(error: unknown): unknown {
  if (error instanceof ResolveError) return new TransportError('aborted', error.message, { cause: error.cause })
  if (!(error instanceof AggregateError)) return error
  const errors = error.errors.filter((each) => each instanceof TransportError)
  const telling = errors.find(({ code }) => code === 'certificate') ?? errors[0]
  return telling ? new TransportError(telling.code, error.message, { cause: error }) : error
}

/** The certificate must be for the domain of the JID, whatever the host is called (RFC 6120 §13.7.2.1). */
function verifyIdentity(domain: string, certificate: Uint8Array): Error | undefined {
  const names = parseSubjectAltName(new X509Certificate(certificate).subjectAltName)
  if (matchesDomain(names, domain)) return undefined
  const told = names.length === 0 ? 'nobody' : names.map(({ value }) => value).join(', ')
  return new Error(`the certificate is not for ${domain} but for ${told}`)
}

/** Where the server sends us instead (RFC 6120 §4.9.3.19); the certificate must be for the domain all the same. */
function redirection({ cause }: ClientError): Target | undefined {
  if (!(cause instanceof StreamError) || cause.otherHost === undefined) return undefined
  try {
    return parseService(cause.otherHost)
  } catch {
    return undefined // no address: then it is an error like any other
  }
}

function summary(errors: readonly ClientError[]): ClientError {
  const [first = new ClientError('resolution-failed'), ...others] = errors
  if (others.length === 0) return first
  // That a server was there and could not prove itself says more than that another was not there.
  const telling = errors.find(({ code }) => code === 'tls-failed') ?? errors.at(-1) ?? first
  return new ClientError(telling.code, { message: telling.message, cause: new AggregateError(errors, telling.message) })
}
