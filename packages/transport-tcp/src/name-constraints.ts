import { type DerValue, derChildren } from './der.ts'
import type { PathCertificate } from './path-certificate.ts'

/** Tags of GeneralName (RFC 5280 §4.2.1.6). */
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87
const DIRECTORY_NAME = 0xa4
const RFC822_NAME = 0x81
const PERMITTED = 0xa0
const EMAIL_ATTRIBUTE = Buffer.from('2a864886f70d010901', 'hex')

type Match = (name: Uint8Array, subtree: Uint8Array) => boolean

/** How names of a kind are compared; names of other kinds are not processed here. */
const WITHIN: Readonly<Record<number, Match>> = {
  [DNS_NAME]: (name, subtree) => isWithinDomain(text(name), text(subtree)),
  [IP_ADDRESS]: isWithinNetwork,
  [DIRECTORY_NAME]: (name, subtree) => Buffer.from(name).subarray(0, innerOf(subtree).length).equals(innerOf(subtree)),
}

/** Whether a name may be one of an excluded subtree. Directory names are compared octet by octet: that would not do. */
const MAY_BE_WITHIN: Readonly<Record<number, Match>> = {
  [DNS_NAME]: (name, subtree) => mayBeWithinDomain(text(name), text(subtree)),
  [IP_ADDRESS]: isWithinNetwork,
}

interface Name {
  readonly tag: number
  readonly content: Uint8Array
}

/**
 * Whether an authority's name constraints allow a certificate below it (RFC 5280 §4.2.1.10). A constraint on names of a
 * kind that is not processed here forbids all names of that kind, as the RFC demands.
 *
 * NameConstraints ::= SEQUENCE { permittedSubtrees [0], excludedSubtrees [1] }
 */
export function allowsNames(constraints: DerValue, certificate: PathCertificate): boolean {
  const names = namesOf(certificate)
  return derChildren(constraints).every((field) => {
    const subtrees = derChildren(field).map(baseOf)
    return names.every((name) => (field.tag === PERMITTED ? isPermitted(name, subtrees) : !isExcluded(name, subtrees)))
  })
}

/** All names of a certificate. An address in the subject is one as well (§4.2.1.6); its value does not matter here. */
function namesOf({ names, subject }: PathCertificate): readonly Name[] {
  const bytes = Buffer.from(subject)
  return [
    ...names.map(({ tag, content }) => ({ tag, content: tag === DIRECTORY_NAME ? innerOf(content) : content })),
    ...(bytes.length > 0 ? [{ tag: DIRECTORY_NAME, content: subject }] : []),
    ...(bytes.includes(EMAIL_ATTRIBUTE) ? [{ tag: RFC822_NAME, content: subject }] : []),
  ]
}

function isPermitted(name: Name, subtrees: readonly Name[]): boolean {
  const ofKind = subtrees.filter(({ tag }) => tag === name.tag)
  const within = WITHIN[name.tag]
  return ofKind.length === 0 || ofKind.some((subtree) => within?.(name.content, subtree.content) ?? false)
}

function isExcluded(name: Name, subtrees: readonly Name[]): boolean {
  const ofKind = subtrees.filter(({ tag }) => tag === name.tag)
  const within = MAY_BE_WITHIN[name.tag]
  return ofKind.some((subtree) => within?.(name.content, subtree.content) ?? true)
}

/** GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] }: no others are allowed. */
function baseOf(subtree: DerValue): Name {
  const [base, ...distances] = derChildren(subtree)
  if (!base || distances.length > 0) throw new TypeError('a subtree of name constraints is not well-formed')
  return base
}

/** The RDNs of a directoryName, one after the other: it is tagged explicitly, for Name is a CHOICE. */
function innerOf(content: Uint8Array): Uint8Array {
  return derChildren({ content })[0]?.content ?? new Uint8Array()
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1').toLowerCase().replace(/\.$/, '')
}

/** A name is in a subtree if labels added in front of the subtree make it; one that begins with a dot leaves itself out. */
function isWithinDomain(name: string, subtree: string): boolean {
  if (subtree === '') return true
  return subtree.startsWith('.') ? name.endsWith(subtree) : name === subtree || name.endsWith(`.${subtree}`)
}

/** A wildcard stands for each of its names. */
function mayBeWithinDomain(name: string, subtree: string): boolean {
  const bare = subtree.replace(/^\./, '')
  return isWithinDomain(name, bare) || (name.startsWith('*.') && bare.endsWith(name.slice(1)))
}

/** A network is its address and its mask. */
function isWithinNetwork(address: Uint8Array, network: Uint8Array): boolean {
  const { length } = address
  if (network.length !== 2 * length) return false
  return address.every((octet, i) => ((octet ^ (network[i] ?? 0)) & (network[length + i] ?? 0)) === 0)
}
