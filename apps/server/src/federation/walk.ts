import { type Location, type Lookup, ResolveError } from '@parlour/resolver-dns'
import { type Federation, FederationError, type FederationSecurity, type ProbeStep } from '@parlour/server-core'
import { certificateNames, matchesDomain } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import { certificateFacts } from './certificate-facts.ts'
import type { ConnectionWatcher } from './connector.ts'
import type { FederationSetUp } from './options.ts'
import { causesOf, reasonOf, transportWords } from './walk-causes.ts'
import { dutiesOf, type WalkFacts } from './walk-duties.ts'
import type { Duty, WalkFault, WalkLookup, WalkStep } from './walk-step.ts'

/** A walk to another server: whose, how long, and who is told. */
export interface WalkRequest {
  readonly local: string
  readonly remote: string
  readonly seconds: number
  readonly signal: AbortSignal
  readonly hasDevelopmentCertificate: boolean
  report(step: WalkStep): void
}

/** What federation of a running server offers for a walk. */
export interface WalkGround {
  readonly federation: Federation
  readonly setUp: Pick<FederationSetUp, 'resolver' | 'watchedConnector'>
}

/**
 * Walks to another server as for a stanza, but asks DNS anew, and tells each step with all that an operator wants to
 * see; the last one is `done`. Resolves with whether stanzas would flow. Never rejects.
 */
export async function walk(request: WalkRequest, { federation, setUp }: WalkGround): Promise<boolean> {
  const late = AbortSignal.timeout(request.seconds * 1000)
  const walker = new Walker(request, late)
  setUp.resolver.clear()
  await federation.test(request.local, request.remote, (step) => walker.take(step), {
    connector: setUp.watchedConnector(walker),
    signal: AbortSignal.any([request.signal, late]),
  })
  return walker.works
}

type Handlers = {
  readonly [Step in ProbeStep['step']]: (walker: Walker, step: Extract<ProbeStep, { step: Step }>) => void
}

/** Puts together what the kernel tells and what is seen of DNS, connections and certificates. */
class Walker implements ConnectionWatcher {
  works = false
  readonly #request: WalkRequest
  readonly #late: AbortSignal
  readonly #duties = new Map<unknown, readonly Duty[]>()
  readonly #faults = new Map<unknown, WalkFault>()
  readonly #begun = performance.now()
  #security: FederationSecurity = 'verified'
  #targets = 0
  #number = 0
  #isAgain = false
  #connection: Connection | undefined
  #isDnsTold = false
  #stage: 'plain' | 'secure' | 'authenticated' = 'plain'
  #facts: WalkFacts

  constructor(request: WalkRequest, late: AbortSignal) {
    const { local, remote, hasDevelopmentCertificate } = request
    this.#request = request
    this.#late = late
    this.#facts = {
      ...{ local, remote, hasDevelopmentCertificate, security: 'verified', doing: 'dns', isDnsSilent: false },
      ...NOTHING_YET,
      target: undefined,
    }
  }

  take(step: ProbeStep): void {
    ;(Walker.#handlers[step.step] as (walker: Walker, step: ProbeStep) => void)(this, step)
  }

  located({ source, lookups, targets }: Location): void {
    this.#isDnsTold = true
    this.#request.report({ step: 'dns', source, lookups: lookups.map(toldOf), targets })
  }

  notLocated(error: unknown): void {
    if (this.#isDnsTold) return
    this.#isDnsTold = true
    const lookups = error instanceof ResolveError ? error.lookups : []
    const isDnsSilent = lookups.length > 0 && lookups.every((lookup) => lookup.error?.code === 'timeout')
    this.#know({ isDnsSilent })
    const fault = error instanceof Error ? error.message : String(error)
    this.#request.report({ step: 'dns', source: 'nowhere', lookups: lookups.map(toldOf), targets: [], fault })
  }

  resolved(host: string, addresses: readonly string[]): void {
    this.#know({ hasAddress: true })
    this.#request.report({ step: 'addresses', host, addresses })
  }

  notResolved(_host: string, error: unknown): void {
    if (error instanceof ResolveError && error.code === 'not-found') this.#know({ hasAddress: false })
  }

  attemptFailed(address: string, error: unknown): void {
    const [code = ''] = causesOf(error)
    if (code === 'aborted') return
    this.#know({ addressCodes: [...this.#facts.addressCodes, code] })
    this.#request.report({ step: 'address-failed', address, reason: transportWords(error) })
  }

  connected(connection: Connection): void {
    this.#connection = connection
    this.#know({ doing: 'talking' })
  }

  #know(facts: Partial<WalkFacts>): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  static readonly #handlers: Handlers = {
    policy: (walker, { security, refusal }) => walker.#begin(security, refusal),
    dns: (walker, { targets }) => {
      walker.#targets = targets.length
    },
    connecting: (walker, { target }) => {
      if (!walker.#isAgain) walker.#number++
      walker.#isAgain = false
      walker.#stage = 'plain'
      const { externalRefused } = walker.#facts
      walker.#know({ ...NOTHING_YET, doing: 'connecting', target, externalRefused })
      walker.#request.report({ step: 'connecting', target, number: walker.#number, of: walker.#targets })
    },
    connected: (walker, { remoteAddress }) => walker.#request.report({ step: 'connected', remoteAddress }),
    tls: (walker, { protocol, cipher }) => walker.#secured(protocol, cipher),
    certificate: (walker, { verified, chainFault }) => walker.#certificate(verified, chainFault),
    features: (walker, step) => walker.#features(step),
    'external-refused': (walker, { error }) => {
      walker.#isAgain = true
      walker.#know({ externalRefused: true })
      walker.#request.report({ step: 'external-refused', reason: reasonOf(error, walker.#facts) })
    },
    authenticated: (walker, { method }) => {
      const { externalOffered, externalRefused } = walker.#facts
      const isTried = externalRefused || (externalOffered && walker.#security !== 'dialback')
      const isRefused = method === 'dialback' && isTried
      walker.#request.report({ step: 'authenticated', method, externalRefused: isRefused })
    },
    'target-failed': (walker, { target, error }) => {
      const { code, reason } = walker.#fault(error)
      walker.#know({ externalRefused: false })
      walker.#request.report({ step: 'target-failed', target, code, reason })
    },
    done: (walker, { error }) => walker.#done(error),
  }

  #begin(security: FederationSecurity, refusal: string | undefined): void {
    const { local, remote, report } = this.#request
    this.#security = security
    this.#know({ security })
    report({ step: 'begin', local, remote, security, refusal })
    if (refusal !== undefined) this.#done(new FederationError('denied', refusal))
  }

  #secured(protocol: string, cipher: string): void {
    this.#stage = 'secure'
    const security = this.#facts.target?.security ?? 'starttls'
    const alpn = this.#connection?.security?.alpn
    this.#request.report({ step: 'tls', security, protocol, cipher, alpn })
    if (this.#security === 'dialback') this.#certificate(undefined, undefined)
  }

  #certificate(verified: boolean | undefined, chainFault: string | undefined): void {
    const security = this.#connection?.security
    const der = security?.peerCertificate()
    const namesDomain = der !== undefined && matchesDomain(certificateNames(der), this.#request.remote, 'server')
    this.#know({ chainFault })
    this.#request.report({
      step: 'certificate',
      ...{ verified, chainFault, namesDomain, security: this.#security },
      facts: security && certificateFacts(security),
    })
  }

  #features({ step: _, ...offered }: Extract<ProbeStep, { step: 'features' }>): void {
    if (this.#stage === 'plain' && offered.starttls) return
    this.#request.report({ step: 'features', stage: this.#stage, ...offered })
    if (this.#stage === 'secure') this.#know({ externalOffered: offered.external })
    if (this.#stage === 'secure') this.#stage = 'authenticated'
  }

  /** The same error comes again at the end of the walk, when other endpoints have been tried since. */
  #fault(error: FederationError): WalkFault {
    const known = this.#faults.get(error)
    if (known) return known
    const facts = { ...this.#facts, causes: causesOf(error) }
    const fault = { code: error.code, reason: reasonOf(error, facts) }
    this.#faults.set(error, fault)
    this.#duties.set(error, dutiesOf(error.code, facts))
    return fault
  }

  #done(error: FederationError | undefined): void {
    const { report, seconds } = this.#request
    const isLate = this.#late.aborted && error?.code === 'closed'
    const end = isLate ? new FederationError('timeout', `nothing more came within ${seconds} s`) : error
    const fault = end && this.#fault(end)
    this.works = end === undefined
    const duties = this.#duties.get(end) ?? []
    report({
      step: 'done',
      works: this.works,
      fault,
      duties,
      milliseconds: Math.round(performance.now() - this.#begun),
    })
  }
}

/** What is known at the beginning of each connection. */
const NOTHING_YET = {
  hasAddress: undefined,
  addressCodes: [],
  chainFault: undefined,
  externalOffered: false,
  externalRefused: false,
  causes: [],
} as const

function toldOf({ question: { name, type }, outcome, records, ttl, nameServer, error }: Lookup): WalkLookup {
  return { name, type, outcome, records: records.map(recordText), ttl, nameServer, error: error?.message }
}

/** A record as in a zone file, without name, time and class. */
function recordText(record: Lookup['records'][number]): string {
  switch (record.type) {
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${dotted(record.target)}`
    case 'CNAME':
      return `CNAME ${dotted(record.target)}`
    case 'A':
    case 'AAAA':
      return record.address
    default:
      return record.type
  }
}

const dotted = (name: string): string => (name === '.' ? name : `${name}.`)
