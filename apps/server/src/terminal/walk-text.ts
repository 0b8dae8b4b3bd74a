import type { ServerTarget } from '@parlour/server-core'
import type { CertificateFacts, Duty, WalkLookup, WalkStep } from '../federation/walk-step.ts'
import { bytesText, duration } from './duration.ts'
import { printable } from './printable.ts'
import { hanging } from './wrap.ts'

type Mark = '✓' | '✗' | '!' | ' '
type Texts = { readonly [Step in WalkStep['step']]: (step: Extract<WalkStep, { step: Step }>) => string[] }

const LABEL_WIDTH = 13
const MAX_NAMES = 5
const DAY = 86_400_000
/** A certificate that ends so soon is worth a word. */
const SOON = 14 * DAY

function row(mark: Mark, label: string, text: string): string[] {
  return hanging(`${mark} ${label.padEnd(LABEL_WIDTH)}`, printable(text))
}

/** Puts a walk to another server into lines of a terminal, step by step. */
export class WalkText {
  readonly #now: number
  #names = { local: '', remote: '' }
  #addresses = 0
  #offered: readonly string[] = []
  /** What came to nothing at this server was told already. */
  #isFaultTold = false

  constructor(now: number) {
    this.#now = now
  }

  lines(step: WalkStep): string[] {
    return (this.#texts[step.step] as (step: WalkStep) => string[])(step)
  }

  readonly #texts: Texts = {
    begin: ({ local, remote, security, refusal }) => {
      this.#names = { local: printable(local), remote: printable(remote) }
      const policy =
        refusal === undefined ? row('✓', 'Policy', POLICIES[security]) : row('✗', 'Policy', `denied: ${refusal}`)
      return [`From ${this.#names.local} to ${this.#names.remote}`, '', ...policy]
    },
    dns: ({ source, lookups, targets, fault }) => [
      ...lookupLines(lookups),
      ...(fault === undefined ? row('✓', 'DNS', `${SOURCES[source]}: ${listOf(targets)}`) : row('✗', 'DNS', fault)),
    ],
    connecting: ({ target, number, of }) => {
      this.#isFaultTold = false
      return ['', ...row(' ', of > 1 ? `Server ${number}/${of}` : 'Server', placeOf(target))]
    },
    addresses: ({ addresses }) => {
      this.#addresses = addresses.length
      return addresses.length > 1 ? row(' ', 'Addresses', addresses.join(', ')) : []
    },
    'address-failed': ({ address, reason }) => (this.#addresses > 1 ? row('!', address, reason) : []),
    connected: ({ remoteAddress }) => row('✓', 'Connection', remoteAddress),
    tls: ({ security, protocol, cipher, alpn }) => {
      const how = security === 'direct-tls' ? `direct TLS (ALPN: ${alpn ?? 'none'})` : 'by STARTTLS'
      return row('✓', 'TLS', `${protocol}, ${cipher}, ${how}`)
    },
    certificate: (step) => this.#certificate(step),
    features: ({ stage, ...features }) => {
      const offered = offeredWords(features)
      const text = offered.filter((word) => stage !== 'authenticated' || !this.#offered.includes(word)).join(', ')
      this.#offered = offered
      if (stage === 'authenticated') return text ? row(' ', 'Then offers', text) : []
      if (stage === 'secure') return row(text ? '✓' : '✗', 'Offers', text || 'nothing that we know')
      this.#isFaultTold = true
      return row('✗', 'TLS', `not offered${text ? `, but ${text}` : ''}`)
    },
    'external-refused': ({ reason }) => [
      ...row('!', 'Sign-in', `EXTERNAL failed: ${reason}`),
      ...row(' ', '', 'Once more, with dialback:'),
    ],
    authenticated: ({ method, externalRefused }) => [
      ...(externalRefused ? row('!', 'Sign-in', 'EXTERNAL was refused: they do not accept our certificate') : []),
      ...row('✓', 'Sign-in', METHODS[method]),
    ],
    'target-failed': ({ code, reason }) => (this.#isFaultTold ? [] : row('✗', FAILED[code] ?? 'Failed', reason)),
    done: (step) => this.#done(step),
  }

  #certificate(step: Extract<WalkStep, { step: 'certificate' }>): string[] {
    const { verified, chainFault, namesDomain, facts, security } = step
    const mark = verified === true ? '✓' : verified === false && security === 'verified' ? '✗' : '!'
    this.#isFaultTold = mark === '✗'
    const chain = verified === undefined ? 'not looked at' : (chainFault ?? 'of a trusted authority')
    const names = namesDomain || !facts ? '' : `; not for ${this.#names.remote}`
    return [...row(mark, 'Certificate', `${chain}${names}`), ...(facts ? this.#facts(facts) : [])]
  }

  #facts({ names, issuer, notAfter, purposes, chainLength }: CertificateFacts): string[] {
    const more = names.length - MAX_NAMES
    const shown = names.slice(0, MAX_NAMES).join(', ') || 'nobody'
    const left = Date.parse(notAfter) - this.#now
    const end = left < 0 ? `ended ${duration(-left / 1000)} ago` : `${duration(left / 1000)} left`
    const validity = `until ${notAfter.slice(0, 10)} (${end})${purposes.length > 0 ? `; for ${purposes.join(', ')}` : ''}`
    const chain = chainLength === 1 ? 'presented alone' : `with ${chainLength - 1} more of its chain`
    return [
      ...row(' ', '', `for ${shown}${more > 0 ? ` and ${more} more` : ''}`),
      ...row(left > 0 && left < SOON ? '!' : ' ', '', validity),
      ...row(' ', '', `by ${JSON.stringify(issuer.slice(0, 64))}, ${chain}`),
    ]
  }

  #done({ works, fault, duties, milliseconds }: Extract<WalkStep, { step: 'done' }>): string[] {
    const { local, remote } = this.#names
    const time = `${(milliseconds / 1000).toFixed(1)} s`
    if (works) return ['', ...hanging('', `It works: what ${local} sends reaches ${remote} (${time}).`)]
    const reason = fault ? `: ${printable(fault.reason)}` : ''
    return [
      '',
      ...hanging('', `It does not work (${time})${reason}.`),
      ...dutyLines(
        'You can',
        duties.filter(({ who }) => who === 'us'),
      ),
      ...dutyLines(
        `Whoever runs ${remote} can`,
        duties.filter(({ who }) => who === 'them'),
      ),
    ]
  }
}

const POLICIES = {
  verified: 'allowed; their certificate has to prove who they are',
  encrypted: 'allowed; dialback will do where their certificate proves nothing',
  dialback: 'allowed; dialback alone proves who they are',
} as const

const SOURCES = {
  srv: 'found',
  static: 'from federation.hosts',
  fallback: 'no SRV record, so the domain itself',
  address: 'an address, not asked for',
  nowhere: 'nothing found',
} as const

const METHODS = {
  external: 'by SASL EXTERNAL: they accept our certificate',
  dialback: 'by dialback: they have asked our server about us',
} as const

/** What is at fault, by the code of a FederationError. */
const FAILED: Readonly<Record<string, string>> = {
  unreachable: 'Connection',
  tls: 'TLS',
  certificate: 'Certificate',
  authentication: 'Sign-in',
  'dialback-invalid': 'Sign-in',
  'authentication-delayed': 'Sign-in',
  'stream-error': 'Stream',
  'stream-refused': 'Stream',
  'connection-lost': 'Stream',
  protocol: 'Stream',
  timeout: 'Silence',
}

function lookupLines(lookups: readonly WalkLookup[]): string[] {
  const servers = [...new Set(lookups.flatMap(({ nameServer }) => nameServer ?? []))]
  return [...(servers.length > 0 ? row(' ', 'Name server', servers.join(', ')) : []), ...lookups.flatMap(answerLines)]
}

function answerLines({ name, type, outcome, records, ttl, error }: WalkLookup): string[] {
  if (outcome === 'failed') return row('!', type, `${name}: ${error ?? 'failed'}`)
  const found = outcome === 'answered' ? `TTL ${ttl} s` : outcome === 'no-name' ? 'no such name' : 'no such record'
  return [...row(' ', type, `${name}: ${found}`), ...records.flatMap((text) => row(' ', '', `  ${text}`))]
}

const placeOf = ({ host, port, security }: ServerTarget): string =>
  `${host} port ${port}, ${security === 'direct-tls' ? 'direct TLS' : 'STARTTLS'}`

function listOf(targets: readonly ServerTarget[]): string {
  return targets.map(({ host, port }) => `${host} port ${port}`).join(', then ')
}

type Offered = Omit<Extract<WalkStep, { step: 'features' }>, 'step' | 'stage'>

function offeredWords({ external, dialback, bidirectional, streamManagement, maxBytes }: Partial<Offered>): string[] {
  return [
    ...(external ? ['EXTERNAL'] : []),
    ...(dialback ? ['dialback'] : []),
    ...(bidirectional ? ['bidirectional streams'] : []),
    ...(streamManagement ? ['stream management'] : []),
    ...(maxBytes === undefined ? [] : [`stanzas up to ${bytesText(maxBytes)}`]),
  ]
}

function dutyLines(title: string, duties: readonly Duty[]): string[] {
  if (duties.length === 0) return []
  return ['', `${title}:`, ...duties.flatMap(({ text }) => hanging('  - ', printable(text)))]
}
