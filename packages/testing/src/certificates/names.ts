import { context, contextPrimitive, der, derOid, derText, IA5_STRING, SEQUENCE, UTF8_STRING } from './der.ts'

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
}

const XMPP_ADDRESS = '1.3.6.1.5.5.7.8.5'
const SRV_NAME = '1.3.6.1.5.5.7.8.7'
const DNS_NAME = contextPrimitive(2)

/** The value of a subjectAltName extension; undefined without names. */
export function subjectAlternativeName(names: CertificateNames): Uint8Array | undefined {
  const { domains = [], addresses = [], xmppAddresses = [], srvNames = [] } = names
  const entries = [
    ...domains.map((name) => derText(DNS_NAME, name)),
    ...addresses.map((address) => der(contextPrimitive(7), address.split('.').map(Number))),
    ...xmppAddresses.map((jid) => otherName(XMPP_ADDRESS, derText(UTF8_STRING, jid))),
    ...srvNames.map((name) => otherName(SRV_NAME, derText(IA5_STRING, name))),
  ]
  return entries.length === 0 ? undefined : der(SEQUENCE, ...entries)
}

/** The value of a nameConstraints extension. */
export function nameConstraints({ permitted = [], excluded = [] }: NameConstraints): Uint8Array {
  const subtrees = (number: number, names: readonly string[]) =>
    names.length === 0 ? [] : der(context(number), ...names.map((name) => der(SEQUENCE, derText(DNS_NAME, name))))
  return der(SEQUENCE, subtrees(0, permitted), subtrees(1, excluded))
}

function otherName(type: string, value: Uint8Array): Uint8Array {
  return der(context(0), derOid(type), der(context(0), value))
}
