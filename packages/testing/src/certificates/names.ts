import {
  context,
  contextPrimitive,
  der,
  derOid,
  derText,
  IA5_STRING,
  PRINTABLE_STRING,
  SEQUENCE,
  SET,
  UTF8_STRING,
} from './der.ts'

/** Whom a certificate for tests is for. */
export interface CertificateNames {
  /** dNSName entries, `*.` allowed in front. */
  readonly domains?: readonly string[]
  /** IPv4 addresses. */
  readonly addresses?: readonly string[]
  /** XmppAddr entries (RFC 6120 §13.7.1.4): JIDs. */
  readonly xmppAddresses?: readonly string[]
  /** SRVName entries (RFC 4985), such as `_xmpp-server.example.org`. */
  readonly srvNames?: readonly string[]
}

/** Subtrees of names that an authority may, or may not, sign for (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  /** dNSName subtrees. */
  readonly permitted?: readonly string[]
  readonly excluded?: readonly string[]
  /** iPAddress subtrees, such as `192.0.2.0/255.255.255.0`. */
  readonly permittedAddresses?: readonly string[]
  readonly excludedAddresses?: readonly string[]
  /** directoryName subtrees: of one common name each. */
  readonly permittedSubjects?: readonly string[]
  readonly excludedSubjects?: readonly string[]
  /** An excluded subtree of SRVNames, a kind of name for which hardly any verifier has rules (RFC 4985 §4). */
  readonly excludedSrvName?: string
}

const XMPP_ADDRESS = '1.3.6.1.5.5.7.8.5'
const SRV_NAME = '1.3.6.1.5.5.7.8.7'
const COMMON_NAME = '2.5.4.3'
const DNS_NAME = contextPrimitive(2)
const IP_ADDRESS = contextPrimitive(7)

/** The value of a subjectAltName extension; undefined without names. */
export function subjectAlternativeName(names: CertificateNames): Uint8Array | undefined {
  const { domains = [], addresses = [], xmppAddresses = [], srvNames = [] } = names
  const entries = [
    ...domains.map((name) => derText(DNS_NAME, name)),
    ...addresses.map((address) => der(IP_ADDRESS, address.split('.').map(Number))),
    ...xmppAddresses.map((jid) => otherName(XMPP_ADDRESS, derText(UTF8_STRING, jid))),
    ...srvNames.map((name) => otherName(SRV_NAME, derText(IA5_STRING, name))),
  ]
  return entries.length === 0 ? undefined : der(SEQUENCE, ...entries)
}

/** The value of a nameConstraints extension. */
export function nameConstraints(constraints: NameConstraints): Uint8Array {
  const { permitted, permittedAddresses, permittedSubjects, excluded, excludedAddresses, excludedSubjects } =
    constraints
  const srvNames = constraints.excludedSrvName === undefined ? [] : [constraints.excludedSrvName]
  const excludedNames = srvNames.map((name) => otherName(SRV_NAME, derText(IA5_STRING, name)))
  return der(
    SEQUENCE,
    subtrees(0, generalNames(permitted, permittedAddresses, permittedSubjects)),
    subtrees(1, [...generalNames(excluded, excludedAddresses, excludedSubjects), ...excludedNames]),
  )
}

function subtrees(number: number, names: readonly Uint8Array[]): Uint8Array | readonly number[] {
  return names.length === 0 ? [] : der(context(number), ...names.map((name) => der(SEQUENCE, name)))
}

function generalNames(
  domains: readonly string[] = [],
  networks: readonly string[] = [],
  commonNames: readonly string[] = [],
): Uint8Array[] {
  return [
    ...domains.map((name) => derText(DNS_NAME, name)),
    ...networks.map((network) => der(IP_ADDRESS, network.split(/[./]/).map(Number))),
    ...commonNames.map((name) => der(context(4), directoryName(name))),
  ]
}

/** A Name of one common name. */
function directoryName(commonName: string): Uint8Array {
  return der(SEQUENCE, der(SET, der(SEQUENCE, derOid(COMMON_NAME), derText(PRINTABLE_STRING, commonName))))
}

function otherName(type: string, value: Uint8Array): Uint8Array {
  return der(context(0), derOid(type), der(context(0), value))
}
