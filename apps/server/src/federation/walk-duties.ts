import type { FederationErrorCode, FederationSecurity, ServerTarget } from '@parlour/server-core'
import type { Duty } from './walk-step.ts'

/** What a walk knows when something came to nothing. */
export interface WalkFacts {
  readonly local: string
  readonly remote: string
  readonly security: FederationSecurity
  /** What was being done. */
  readonly doing: 'dns' | 'connecting' | 'talking'
  readonly target: ServerTarget | undefined
  /** Whether the target's host has an address; undefined: it was not asked for. */
  readonly hasAddress: boolean | undefined
  /** The codes of a TransportError, of each address that did not answer. */
  readonly addressCodes: readonly string[]
  /** No name server answered at all. */
  readonly isDnsSilent: boolean
  readonly chainFault: string | undefined
  readonly externalOffered: boolean
  readonly externalRefused: boolean
  /** Codes and conditions of the error and of what caused it. */
  readonly causes: readonly string[]
  /** Our certificate was made by this server itself. */
  readonly hasDevelopmentCertificate: boolean
}

type Advice = (facts: WalkFacts) => readonly Duty[]

const us = (text: string): Duty => ({ who: 'us', text })
const them = (text: string): Duty => ({ who: 'them', text })

const where = ({ target }: WalkFacts): string => (target ? `${target.host} port ${target.port}` : 'their server')

/** What can be done about each kind of failure, and by whom. */
const ADVICE: Readonly<Partial<Record<FederationErrorCode, Advice>>> = {
  denied: () => [us(`change federation.deny or federation.allow in the configuration, and restart`)],
  'not-found': ({ remote }) => [
    us(`look whether the domain ${remote} is spelled as it should be`),
    them(`put an SRV record into DNS, such as: _xmpp-server._tcp.${remote}. IN SRV 0 5 5269 <host of the server>.`),
  ],
  'not-offered': ({ remote }) => [
    them(`change the SRV record of ${remote}: its target "." says on purpose that there is no server`),
  ],
  'dns-failed': dns,
  unreachable,
  timeout: (facts) => ({ dns, connecting: unreachable, talking: silent })[facts.doing](facts),
  tls,
  certificate,
  authentication: (facts) => [...ourCertificate(facts), ...dialback(facts)],
  'dialback-invalid': (facts) => dialback(facts),
  'authentication-delayed': (facts) => [...ourCertificate(facts), ...dialback(facts)],
  'stream-error': refused,
  'stream-refused': (facts) => (facts.causes.includes('host-unknown') ? hostUnknown(facts) : refused(facts)),
  'connection-lost': (facts) => (facts.causes.includes('tls-failed') ? tls(facts) : refused(facts)),
  protocol: (facts) => [
    them(`see what listens at ${where(facts)}: it does not speak XMPP between servers as it should`),
  ],
}

/** What can be done about a failure, ours first; empty: nothing is known. */
export function dutiesOf(code: FederationErrorCode, facts: WalkFacts): readonly Duty[] {
  return ADVICE[code]?.(facts) ?? []
}

function dns({ isDnsSilent, remote }: WalkFacts): readonly Duty[] {
  const ours = us('see federation.nameServers, or /etc/resolv.conf, and the firewall here: no name server answers')
  const theirs = them(`have the zone of ${remote} checked: its name servers answer with an error`)
  return isDnsSilent ? [ours] : [us('look whether other domains can be found: parlour s2s test <domain>'), theirs]
}

function unreachable(facts: WalkFacts): readonly Duty[] {
  const { target, hasAddress, addressCodes, remote } = facts
  if (hasAddress === false)
    return [them(`correct the SRV record of ${remote}, or give its target ${target?.host} an address: it has none`)]
  if (addressCodes.length > 0 && addressCodes.every((code) => code === 'refused'))
    return [them(`start the server, or open ${where(facts)}; or correct the SRV record if it should be elsewhere`)]
  return [
    us(`see whether the firewall here lets connections out to port ${target?.port ?? 5269}: test another domain`),
    them(`see whether the server at ${where(facts)} runs, and whether a firewall is in front of it`),
  ]
}

function tls(facts: WalkFacts): readonly Duty[] {
  return facts.causes.includes('starttls-not-offered')
    ? [them(`turn on TLS for servers at ${where(facts)}: this server never speaks to another without it`)]
    : [them(`see why the TLS handshake at ${where(facts)} fails: TLS 1.2 or newer is needed, and a certificate`)]
}

function silent(facts: WalkFacts): readonly Duty[] {
  return [
    them(`see whether the XMPP server is what listens at ${where(facts)}: it takes connections, but says nothing`),
  ]
}

function certificate({ chainFault, remote }: WalkFacts): readonly Duty[] {
  if (chainFault === undefined)
    return [
      them(`get a certificate that names ${remote}, or let its SRV records lead to the right server`),
      doWithout(remote),
    ]
  if (/expired/.test(chainFault)) return [them(`renew the certificate of ${remote}`), doWithout(remote)]
  if (/not valid before/.test(chainFault))
    return [us('see whether the clock of this machine is right'), doWithout(remote)]
  return [
    us('trust its authority, if you know whose it is: federation.authorities'),
    doWithout(remote),
    them(`get a certificate of a public authority for ${remote}, and present the intermediate certificates with it`),
  ]
}

const doWithout = (remote: string): Duty =>
  us(`do without their certificate: federation.domains: { "${remote}": "encrypted" } (dialback, which is less safe)`)

function ourCertificate({ local, remote, hasDevelopmentCertificate, externalOffered, externalRefused }: WalkFacts) {
  if (hasDevelopmentCertificate)
    return [us(`set certificates for ${local}: the one in use was made for development, and nobody else trusts it`)]
  const isDisliked = externalRefused || !externalOffered
  return isDisliked
    ? [us(`see that your certificate names ${local}, has not expired, and is of an authority that ${remote} trusts`)]
    : []
}

function dialback({ local, remote }: WalkFacts): readonly Duty[] {
  return [
    us(`see that ${remote} can reach ${local}, which dialback needs: parlour check dns ${local}; the firewall`),
    them(`look into the log of their server: it should say why it does not take ${local} in`),
  ]
}

function hostUnknown(facts: WalkFacts): readonly Duty[] {
  const { remote } = facts
  return [
    us(`look whether the domain ${remote} is spelled as it should be`),
    them(`have ${remote} served at ${where(facts)}, or correct the SRV records: that server does not know it`),
  ]
}

function refused(facts: WalkFacts): readonly Duty[] {
  return [...ourCertificate({ ...facts, externalOffered: true }), ...dialback(facts)]
}
