import type { ResolverEnvironment } from './environment.ts'
import type { HostsFile } from './hosts-file.ts'
import { type Lookup, ResolveError, recordsOf } from './lookup.ts'
import { isLocalhost } from './name.ts'
import type { QuestionResolver } from './question-resolver.ts'
import { type StaticHost, staticHost } from './static-hosts.ts'

/** Where addresses come from, besides name servers. */
export interface AddressSources {
  readonly staticHosts: ReadonlyMap<string, StaticHost>
  readonly hostsFile: HostsFile | undefined
  readonly lookUpLocalHost: ((host: string) => Promise<readonly string[]>) | undefined
}

/** Addresses, and what was asked for them. */
export interface FoundAddresses {
  readonly addresses: readonly string[]
  readonly lookups: readonly Lookup[]
}

/** RFC 8305 §3: "The recommended value for the Resolution Delay is 50 milliseconds." */
const RESOLUTION_DELAY = 50

/** Finds the addresses of hosts: in tables, then by name servers. */
export class HostAddresses {
  readonly #questions: QuestionResolver
  readonly #sources: AddressSources
  readonly #environment: ResolverEnvironment

  constructor(questions: QuestionResolver, sources: AddressSources, environment: ResolverEnvironment) {
    this.#questions = questions
    this.#sources = sources
    this.#environment = environment
  }

  /**
   * @param before what was asked already, to tell in the error
   * @throws {ResolveError}
   */
  async find(name: string, signal: AbortSignal | undefined, before: readonly Lookup[] = []): Promise<FoundAddresses> {
    const known = this.#known(name)
    if (known) return { addresses: interleaved(known), lookups: [] }
    const lookups = await this.#ask(name, signal)
    const records = lookups.flatMap((lookup) => [...recordsOf(lookup, 'AAAA'), ...recordsOf(lookup, 'A')])
    const asked = records.map(({ address }) => address)
    const addresses = asked.length > 0 ? asked : await this.#ofLocalHost(name)
    if (addresses.length > 0) return { addresses: interleaved(addresses), lookups }
    throw withoutAddress(name, [...before, ...lookups])
  }

  #known(name: string): readonly string[] | undefined {
    const { staticHosts, hostsFile } = this.#sources
    const listed = staticHost(staticHosts, name)?.addresses ?? hostsFile?.addresses(name)
    return listed ?? (isLocalhost(name) ? ['::1', '127.0.0.1'] : undefined)
  }

  /** Multicast DNS (RFC 6762 §3) and other ways of a local network know names that name servers do not. */
  async #ofLocalHost(name: string): Promise<readonly string[]> {
    const { lookUpLocalHost } = this.#sources
    return lookUpLocalHost && (name.endsWith('.local') || !name.includes('.')) ? lookUpLocalHost(name) : []
  }

  /**
   * Asks for both kinds at once. When there are IPv4 addresses and the answer for IPv6 takes longer than the Resolution
   * Delay, it is not waited for; the addresses of IPv4 are always waited for, since they work nearly everywhere.
   */
  #ask(name: string, signal: AbortSignal | undefined): Promise<readonly Lookup[]> {
    const six = this.#questions.lookUp({ name, type: 'AAAA' }, signal)
    const four = this.#questions.lookUp({ name, type: 'A' }, signal)
    return new Promise((resolve, reject) => {
      let cancel = () => {}
      let settled = false
      four.then((lookup) => {
        if (lookup.outcome !== 'answered' || settled) return
        cancel = this.#environment.setTimer(RESOLUTION_DELAY, () => resolve([lookup]))
      }, reject)
      Promise.all([six, four])
        .then(resolve, reject)
        .finally(() => {
          settled = true
          cancel()
        })
    })
  }
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
  const asked = lookups.map(({ question }) => question.type)
  const told = `${of?.nameServer} was asked for ${[...new Set(asked)].join(', ')}`
  return new ResolveError('not-found', `${missing}: ${told}`, { lookups })
}
