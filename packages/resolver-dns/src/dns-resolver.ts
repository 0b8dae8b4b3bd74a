import { type ResolverEnvironment, randomFraction, systemEnvironment } from './environment.ts'
import { HostsFile } from './hosts-file.ts'
import { fallbackTarget, type Location, type Role, serviceNames, targetsOf } from './location.ts'
import { addressLiteral, isLocalhost, toDnsName } from './name.ts'
import { NameServerClient } from './name-server-client.ts'
import { parseNameServer, systemNameServers } from './name-servers.ts'
import { QuestionResolver } from './question-resolver.ts'
import { type Lookup, type RecordType, recordsOf } from './records.ts'
import { ResolveError } from './resolve-error.ts'
import { type StaticHost, type StaticHosts, staticHost, staticTargets } from './static-hosts.ts'

/** How a {@link DnsResolver} asks and keeps. */
export interface DnsResolverOptions {
  /** Such as `192.0.2.53`, `127.0.0.1:5353`, `[2001:db8::53]:53`. Default: those of the machine, read again every 30 s. */
  readonly nameServers?: readonly string[]
  /** Milliseconds that one name server has for one answer. Default 2 000. */
  readonly timeoutMs?: number
  /** How often each silent name server is asked. Default 2. */
  readonly attempts?: number
  /** Questions under way at the same time; more wait for their turn. Default 200. */
  readonly maximumQuestions?: number
  /** Answers kept; beyond, those not used for longest go. Default 10 000; 0 keeps none. */
  readonly cacheSize?: number
  /** Seconds that an answer is kept at least. Default 5. */
  readonly minimumTtl?: number
  /** Seconds that an answer is kept at most. Default 86 400. */
  readonly maximumTtl?: number
  /** Seconds that "there is none" is kept at most (RFC 2308 §5). Default 300. */
  readonly maximumNegativeTtl?: number
  /** Seconds that a failure is kept (RFC 9520 §3.2). Default 5. */
  readonly failureTtl?: number
  /** Domains and hosts that are known without asking. */
  readonly staticHosts?: StaticHosts
  /** A file like `/etc/hosts`, asked for addresses before name servers. Default: the machine's; `false`: none. */
  readonly hostsFile?: string | false
  readonly environment?: ResolverEnvironment
}

const RESOLUTION_DELAY = 50

/**
 * Finds the servers of XMPP domains in DNS.
 *
 * @throws {RangeError} by the constructor, for a name server that is no address
 * @example
 * const resolver = new DnsResolver()
 * const { targets } = await resolver.locate('example.org', 'server')
 * for (const { host, port } of targets) console.log(port, await resolver.addresses(host))
 */
export class DnsResolver {
  readonly #environment: ResolverEnvironment
  readonly #questions: QuestionResolver
  readonly #staticHosts: ReadonlyMap<string, StaticHost>
  readonly #hostsFile: HostsFile | undefined

  constructor(options: DnsResolverOptions = {}) {
    const { environment = systemEnvironment, timeoutMs = 2_000, attempts = 2, maximumQuestions = 200 } = options
    const given = options.nameServers?.map(parseNameServer)
    const nameServers = given ? () => given : systemNameServers(environment)
    const client = new NameServerClient({ nameServers, timeoutMs, attempts, maximumQuestions, environment })
    const { minimumTtl = 5, maximumTtl = 86_400, maximumNegativeTtl = 300, failureTtl = 5 } = options
    const keeping = { minimumTtl, maximumTtl, maximumNegativeTtl, failureTtl }
    this.#environment = environment
    this.#questions = new QuestionResolver(client, options.cacheSize ?? 10_000, keeping, environment)
    this.#staticHosts = new Map(Object.entries(options.staticHosts ?? {}).map(staticEntry))
    this.#hostsFile = options.hostsFile === false ? undefined : new HostsFile(environment, options.hostsFile)
  }

  /**
   * Where the servers of a domain are, in the order to try them (RFC 6120 §3.2, XEP-0368 §3, RFC 2782). Targets of
   * equal priority are drawn anew at each call, by weight.
   *
   * @param domain the domainpart of a JID
   * @throws {ResolveError}
   */
  async locate(domain: string, role: Role, signal?: AbortSignal): Promise<Location> {
    const literal = addressLiteral(domain)
    const name = literal ?? toDnsName(domain)
    const fallback = fallbackTarget(name, role)
    const known = staticHost(this.#staticHosts, name)
    const fixed = known && staticTargets(known, role, fallback)
    const location = { domain: name, role, lookups: [] }
    if (fixed) return { ...location, targets: fixed, source: 'static' }
    if (literal) return { ...location, targets: [fallback], source: 'address' }
    if (isLocalhost(name)) return { ...location, targets: [fallback], source: 'fallback' }
    return this.#locateInDns(name, role, signal)
  }

  async #locateInDns(domain: string, role: Role, signal: AbortSignal | undefined): Promise<Location> {
    const names = serviceNames(domain, role)
    const [directTls, startTls] = await Promise.all([
      this.#questions.lookUp({ name: names.directTls, type: 'SRV' }, signal),
      this.#questions.lookUp({ name: names.startTls, type: 'SRV' }, signal),
    ])
    const asked = [directTls, startTls]
    const targets = targetsOf(domain, role, { directTls, startTls }, () => randomFraction(this.#environment))
    if (targets) return { domain, role, targets, source: 'srv', lookups: asked }
    // RFC 6120 §3.2.1, number 9: without a response to the SRV query "it SHOULD attempt the fallback process".
    const found = await this.#findAddresses(domain, signal, asked)
    const lookups = [...asked, ...found.lookups]
    return { domain, role, targets: [fallbackTarget(domain, role)], source: 'fallback', lookups }
  }

  /**
   * The addresses of a host, IPv6 and IPv4 in turn (RFC 8305 §4); that of an address is itself.
   *
   * @throws {ResolveError}
   */
  async addresses(host: string, signal?: AbortSignal): Promise<readonly string[]> {
    const literal = addressLiteral(host)
    if (literal) return [literal]
    return (await this.#findAddresses(toDnsName(host), signal, [])).addresses
  }

  async #findAddresses(name: string, signal: AbortSignal | undefined, before: readonly Lookup[]) {
    const known = staticHost(this.#staticHosts, name)?.addresses ?? this.#hostsFile?.addresses(name)
    if (known) return { addresses: interleaved(known), lookups: [] }
    if (isLocalhost(name)) return { addresses: ['::1', '127.0.0.1'], lookups: [] }
    const lookups = await this.#addressLookups(name, signal)
    const addresses = lookups.flatMap((lookup) => [...recordsOf(lookup, 'AAAA'), ...recordsOf(lookup, 'A')])
    if (addresses.length > 0) return { addresses: interleaved(addresses.map(({ address }) => address)), lookups }
    throw withoutAddress(name, [...before, ...lookups])
  }

  /**
   * Asks for both kinds at once. When there are IPv4 addresses and the answer for IPv6 takes longer than the Resolution
   * Delay (RFC 8305 §3), it is not waited for; it is kept for the next time.
   */
  #addressLookups(name: string, signal: AbortSignal | undefined): Promise<readonly Lookup[]> {
    const six = this.#questions.lookUp({ name, type: 'AAAA' }, signal)
    const four = this.#questions.lookUp({ name, type: 'A' }, signal)
    return new Promise((resolve, reject) => {
      let cancel = () => {}
      four.then((lookup) => {
        if (lookup.outcome !== 'answered') return
        cancel = this.#environment.setTimer(RESOLUTION_DELAY, () => resolve([lookup]))
      }, reject)
      Promise.all([six, four])
        .then(resolve, reject)
        .finally(() => cancel())
    })
  }

  /**
   * Asks name servers, or answers from what is kept. That there is no such record or name, or no answer, is an outcome.
   *
   * @example
   * const { outcome, records, ttl } = await resolver.query('_xmpp-server._tcp.example.org', 'SRV')
   * @throws {ResolveError} `not-found` for what cannot be a name, `aborted`
   */
  query(name: string, type: RecordType, signal?: AbortSignal): Promise<Lookup> {
    return this.#questions.lookUp({ name: toDnsName(name), type }, signal)
  }

  /** Forgets all answers. */
  clear(): void {
    this.#questions.clear()
  }
}

function staticEntry([name, host]: [string, StaticHost | readonly string[]]): [string, StaticHost] {
  const key = addressLiteral(name) ?? (name.startsWith('*.') ? `*.${toDnsName(name.slice(2))}` : toDnsName(name))
  return [key, 'length' in host ? { addresses: host } : host]
}

/** RFC 8305 §4: families alternate, beginning with IPv6, each in the order that it came. */
function interleaved(addresses: readonly string[]): readonly string[] {
  const six = addresses.filter((address) => address.includes(':'))
  const four = addresses.filter((address) => !address.includes(':'))
  const rounds = Array.from({ length: Math.max(six.length, four.length) }, (_, index) => [six[index], four[index]])
  return rounds.flat().filter((address) => address !== undefined)
}

function withoutAddress(name: string, lookups: readonly Lookup[]): ResolveError {
  const failures = lookups.flatMap(({ error }) => error ?? [])
  const [failure] = failures
  if (failure) {
    const code = failures.every((each) => each.code === 'timeout') ? 'timeout' : 'failed'
    return new ResolveError(code, failures.map(({ message }) => message).join('. '), { lookups, cause: failure })
  }
  const of = lookups.find(({ question }) => question.name === name)
  const missing = of?.outcome === 'no-name' ? `there is no domain named ${name}` : `${name} has no address`
  const asked = [...new Set(lookups.map(({ question }) => question.type))].join(', ')
  return new ResolveError('not-found', `${missing}: ${of?.nameServer} was asked for ${asked}`, { lookups })
}
