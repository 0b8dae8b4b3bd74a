import { type ResolverEnvironment, randomIdentifier } from './environment.ts'
import { type Exchange, exchangeTcp, exchangeUdp } from './exchange.ts'
import { aborted, ResolveError } from './lookup.ts'
import type { Response } from './message.ts'
import { type NameServer, nameServerText } from './name-servers.ts'
import type { Question } from './records.ts'
import { Turns } from './turns.ts'

/** Whom to ask and how patiently. */
export interface NameServerClientOptions {
  nameServers(): readonly NameServer[]
  /** Milliseconds that one name server has for one answer. */
  readonly timeoutMs: number
  /** How often each name server that is silent is asked. */
  readonly attempts: number
  /** Questions under way at the same time, as in {@link Turns}; more wait. */
  readonly maximumQuestions: number
  readonly environment: ResolverEnvironment
}

/** An answer, and who gave it. */
export interface Answered {
  readonly response: Response
  readonly nameServer: string
}

/** What one name server did instead of answering. */
type Failure = { readonly silent: boolean; readonly told: string; readonly cause?: unknown }

class Silence extends Error {}

/** Asks name servers in turn until one gives an answer that settles the question. */
export class NameServerClient {
  readonly #options: NameServerClientOptions
  /** The text of the one that answered last, if an earlier one did not: it is asked first. */
  #preferred: string | undefined
  readonly #turns: Turns

  constructor(options: NameServerClientOptions) {
    this.#options = options
    this.#turns = new Turns(options.maximumQuestions, options.environment)
  }

  /** @throws {ResolveError} `timeout`, `failed`, `aborted` */
  ask(question: Question, signal: AbortSignal): Promise<Answered> {
    return this.#turns.take(() => this.#askEach(question, signal))
  }

  async #askEach(question: Question, signal: AbortSignal): Promise<Answered> {
    const failures = new Map<string, Failure>()
    for (let attempt = 0; attempt < this.#options.attempts; attempt++)
      for (const server of this.#servers()) {
        const nameServer = nameServerText(server)
        // What answered with an error would answer so again.
        if (failures.get(nameServer)?.silent === false) continue
        const result = await this.#askOne(question, server, signal)
        if (signal.aborted) throw aborted(signal, `${question.type} of ${question.name}`)
        if ('told' in result) failures.set(nameServer, result)
        else return this.#answered(result, nameServer, failures.size > 0)
      }
    throw unanswered(question, failures)
  }

  #answered(response: Response, nameServer: string, afterFailures: boolean): Answered {
    if (afterFailures) this.#preferred = nameServer
    return { response, nameServer }
  }

  #servers(): readonly NameServer[] {
    const servers = this.#options.nameServers()
    const first = servers.findIndex((server) => nameServerText(server) === this.#preferred)
    return first <= 0 ? servers : [...servers.slice(first), ...servers.slice(0, first)]
  }

  async #askOne(question: Question, server: NameServer, signal: AbortSignal): Promise<Response | Failure> {
    const { environment, timeoutMs } = this.#options
    const limit = new AbortController()
    const cancel = environment.setTimer(timeoutMs, () => limit.abort(new Silence()))
    const abort = () => limit.abort(signal.reason)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    try {
      const response = await exchange({ question, server, id: 0, extended: true, signal: limit.signal }, environment)
      return faultOf(response) ?? response
    } catch (cause) {
      if (cause instanceof Silence) return { silent: true, told: `did not answer within ${timeoutMs} ms` }
      return { silent: false, told: `could not be asked (${cause instanceof Error ? cause.message : cause})`, cause }
    } finally {
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }
}

/** RFC 6891 §7: such a code may mean that the name server does not know EDNS. */
const WITHOUT_EDNS = new Set(['FORMERR', 'NOTIMP'])

async function exchange(asked: Exchange, environment: ResolverEnvironment): Promise<Response> {
  if (asked.signal.aborted) throw asked.signal.reason
  const once = { ...asked, id: randomIdentifier(environment) }
  const over = await exchangeUdp(once)
  // RFC 7766 §5: a truncated answer is asked for again over TCP.
  const response = over.truncated ? await exchangeTcp({ ...once, id: randomIdentifier(environment) }) : over
  const again = asked.extended && WITHOUT_EDNS.has(response.rcode)
  return again ? exchange({ ...asked, extended: false }, environment) : response
}

/** Why a response settles nothing; undefined if it does. */
function faultOf({ rcode, referral, truncated }: Response): Failure | undefined {
  if (rcode === 'MALFORMED') return { silent: false, told: 'answered with what cannot be read' }
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return { silent: false, told: `answered ${rcode}` }
  if (truncated) return { silent: false, told: 'answered with a part only' }
  if (referral) return { silent: false, told: 'answered with a referral: it does not look up for others' }
  return undefined
}

function unanswered({ name, type }: Question, failures: ReadonlyMap<string, Failure>): ResolveError {
  const all = [...failures.values()]
  const silent = all.length > 0 && all.every((failure) => failure.silent)
  const told = [...failures].map(([nameServer, failure]) => `${nameServer} ${failure.told}`).join('; ')
  const message = `no answer to ${type} of ${name}: ${told || 'this machine knows no name server'}`
  const cause = all.find((failure) => failure.cause !== undefined)?.cause
  return new ResolveError(silent ? 'timeout' : 'failed', message, cause === undefined ? {} : { cause })
}
