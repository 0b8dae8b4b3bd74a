import type { Authorities } from './authorities.ts'
import { type PathCertificate, readPathCertificate } from './path-certificate.ts'
import { pathFault } from './path-validation.ts'

/** Signatures that are verified for one chain: each presented certificate may have several possible issuers. */
const MAX_SIGNATURES = 30

interface Search {
  readonly presented: readonly PathCertificate[]
  readonly authorities: Authorities
  readonly purposes: readonly string[]
  readonly now: number
  signaturesLeft: number
  /** Why the first whole path was not accepted. */
  fault: string | undefined
}

/**
 * Why there is no path from the first certificate of the chain to a trust anchor that is acceptable for one of the
 * purposes (RFC 5280 §6.1); undefined if there is one. OpenSSL parses and verifies signatures; the rest is done here,
 * for Node has no function for it. A code of OpenSSL, or words.
 */
export function chainFault(
  chain: readonly Uint8Array[],
  authorities: Authorities,
  purposes: readonly string[],
  now: number,
): string | undefined {
  try {
    const presented = chain.map(readPathCertificate)
    const search: Search = { presented, authorities, purposes, now, signaturesLeft: MAX_SIGNATURES, fault: undefined }
    const [leaf] = presented
    if (!leaf) return 'it cannot be read'
    if (extend(search, [leaf])) return undefined
    return search.fault ?? endOf(leaf, presented)
  } catch {
    return 'it cannot be read' // whatever is wrong with it, it is not accepted
  }
}

/** Tries to lead the path, whose last certificate is not yet known to be trusted, to a trust anchor. */
function extend(search: Search, path: readonly PathCertificate[]): boolean {
  const last = path.at(-1)
  if (!last) return false
  const anchors = search.authorities.anchorsNamed(last.x509.issuer)
  // A certificate that signs itself, and is trusted as such: nobody else can vouch for it.
  if (path.length === 1 && last.isSelfIssued && anchors.some(({ x509 }) => x509.raw.equals(last.x509.raw))) {
    return ends(search, path)
  }
  for (const anchor of anchors) {
    if (isIssuedBy(search, last, anchor) && ends(search, [...path, anchor])) return true
  }
  return search.presented.some(
    (next) => !path.includes(next) && isIssuedBy(search, last, next) && extend(search, [...path, next]),
  )
}

function ends(search: Search, path: readonly PathCertificate[]): boolean {
  const fault = pathFault(path, search.purposes, search.now)
  search.fault ??= fault
  return fault === undefined
}

function isIssuedBy(search: Search, { x509 }: PathCertificate, issuer: PathCertificate): boolean {
  if (!x509.checkIssued(issuer.x509) || search.signaturesLeft-- <= 0) return false
  return x509.verify(issuer.x509.publicKey)
}

/** Why no path came to an end. */
function endOf(leaf: PathCertificate, presented: readonly PathCertificate[]): string {
  if (leaf.isSelfIssued) return 'DEPTH_ZERO_SELF_SIGNED_CERT'
  const hasRoot = presented.some(({ isSelfIssued }) => isSelfIssued)
  return hasRoot ? 'SELF_SIGNED_CERT_IN_CHAIN' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
}
