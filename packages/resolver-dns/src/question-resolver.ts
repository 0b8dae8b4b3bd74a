import type { ResolverEnvironment } from './environment.ts'
import { JointQuestions } from './joint-questions.ts'
import { type Lookup, ResolveError } from './lookup.ts'
import { cacheKey, LookupCache } from './lookup-cache.ts'
import { toDnsName } from './name.ts'
import type { Answered, NameServerClient } from './name-server-client.ts'
import type { Question, ResourceRecord } from './records.ts'

/** For how long answers are kept, in seconds. */
export interface KeepingTimes {
  readonly minimumTtl: number
  readonly maximumTtl: number
  readonly maximumNegativeTtl: number
  readonly failureTtl: number
}

const MAXIMUM_ALIASES = 8

/** Answers questions from what is kept, else from name servers; follows aliases. */
export class QuestionResolver {
  readonly #client: NameServerClient
  readonly #keeping: KeepingTimes
  readonly #environment: ResolverEnvironment
  readonly #cache: LookupCache
  readonly #joint = new JointQuestions<Lookup>()

  constructor(client: NameServerClient, cacheSize: number, keeping: KeepingTimes, environment: ResolverEnvironment) {
    this.#client = client
    this.#keeping = keeping
    this.#environment = environment
    this.#cache = new LookupCache(cacheSize)
  }

  /** What is kept, without asking. */
  kept(question: Question): Lookup | undefined {
    return this.#cache.get(cacheKey(question), this.#environment.now())
  }

  /** Failures are an outcome. @throws {ResolveError} `aborted` */
  async lookUp(question: Question, signal?: AbortSignal): Promise<Lookup> {
    return this.kept(question) ?? this.#joint.join(cacheKey(question), (each) => this.#ask(question, each), signal)
  }

  clear(): void {
    this.#cache.clear()
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Lookup> {
    const lookup = await this.#followed(question, signal).catch((error: unknown) => this.#failed(question, error))
    this.#cache.set(cacheKey(question), lookup, this.#environment.now())
    return lookup
  }

  async #followed(question: Question, signal: AbortSignal): Promise<Lookup> {
    const records: ResourceRecord[] = []
    let name = question.name
    for (let asked = 0; asked <= MAXIMUM_ALIASES; asked++) {
      const answered = await this.#client.ask({ name, type: question.type }, signal)
      const { rcode, negativeTtl } = answered.response
      const end = follow(answered.response.records, { name, type: question.type }, records)
      const found = records.some((record) => record.type === question.type)
      // A name server that speaks for its own zones alone leaves off where an alias leads out of them.
      if (found || end === name || rcode === 'NXDOMAIN' || negativeTtl !== undefined)
        return this.#lookup(question, answered, records)
      name = end
    }
    throw new ResolveError('failed', `${question.type} of ${question.name}: more than ${MAXIMUM_ALIASES} aliases`)
  }

  #lookup(question: Question, { response, nameServer }: Answered, records: readonly ResourceRecord[]): Lookup {
    const { minimumTtl, maximumTtl, maximumNegativeTtl } = this.#keeping
    const common = { question, records, nameServer, cached: false }
    const least = records.reduce((ttl, record) => Math.min(ttl, record.ttl), maximumTtl)
    if (records.some(({ type }) => type === question.type))
      return { ...common, outcome: 'answered', ttl: Math.max(least, minimumTtl) }
    const outcome = response.rcode === 'NXDOMAIN' ? 'no-name' : 'no-records'
    // RFC 2308 §5: negative responses without a SOA record "SHOULD NOT be cached".
    if (response.negativeTtl === undefined) return { ...common, outcome, ttl: 0 }
    const ttl = Math.min(least, response.negativeTtl, maximumNegativeTtl)
    return { ...common, outcome, ttl: Math.max(ttl, minimumTtl) }
  }

  #failed(question: Question, error: unknown): Lookup {
    if (!(error instanceof ResolveError) || error.code === 'aborted') throw error
    const { failureTtl } = this.#keeping
    return { question, outcome: 'failed', records: [], nameServer: undefined, ttl: failureTtl, cached: false, error }
  }
}

/**
 * Takes over the records that lead from the question's name to what was asked for, and these; any other record of the
 * answer is nobody's business (RFC 5452 §6). Returns the name to which the aliases led.
 */
function follow(answers: readonly ResourceRecord[], { name, type }: Question, into: ResourceRecord[]): string {
  let owner = name
  for (let aliases = 0; aliases <= MAXIMUM_ALIASES; aliases++) {
    const matching = answers.filter((record) => record.name === owner && record.type === type)
    into.push(...matching)
    if (matching.length > 0) return owner
    const alias = answers.find((record) => record.name === owner && record.type === 'CNAME')
    if (alias?.type !== 'CNAME') return owner
    into.push(alias)
    owner = toDnsName(alias.target)
  }
  throw new ResolveError('failed', `${type} of ${name}: more than ${MAXIMUM_ALIASES} aliases`)
}
