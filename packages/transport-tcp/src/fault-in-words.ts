import { X509Certificate } from 'node:crypto'
import type { Verdict } from './verdict.ts'

type Words = (chain: readonly X509Certificate[], now: number) => string | undefined

const unknownIssuer: Words = (chain) =>
  `its issuer ${issuerName(chain)} is not known here, or an intermediate certificate is missing`

/** Node's name for a fault → words for an operator. */
const WORDS: Readonly<Record<string, Words>> = {
  CERT_HAS_EXPIRED: (chain, now) =>
    about(chain, ({ validToDate }) => validToDate.getTime() < now, 'expired on', 'validToDate'),
  CERT_NOT_YET_VALID: (chain, now) =>
    about(chain, ({ validFromDate }) => validFromDate.getTime() > now, 'is not valid before', 'validFromDate'),
  DEPTH_ZERO_SELF_SIGNED_CERT: () => 'the certificate is signed by itself, not by a trusted authority',
  SELF_SIGNED_CERT_IN_CHAIN: (chain) => `its authority ${issuerName(chain)} is not trusted here`,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  INVALID_PURPOSE: () =>
    'the certificate is for neither serverAuth nor clientAuth, or one above it may not sign for that',
  INVALID_CA: () => 'a certificate in its chain is signed by one that is not of an authority',
  PATH_LENGTH_EXCEEDED: () => 'more authorities are in its chain than one of them allows',
  CERT_SIGNATURE_FAILURE: () => 'a signature in its chain is wrong',
}

/** A fault in words for an operator, with times and names from the chain; OpenSSL's own words where we have none. */
export function faultInWords({ code = '', message }: Verdict, chain: readonly Uint8Array[], now: number): string {
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined
  const certificates = chain.flatMap((der) => tryRead(der) ?? [])
  return words?.(certificates, now) ?? `the certificate is refused: ${message || code}`
}

function about(
  chain: readonly X509Certificate[],
  isAtFault: (certificate: X509Certificate) => boolean,
  what: string,
  when: 'validToDate' | 'validFromDate',
): string {
  const index = chain.findIndex(isAtFault)
  const found = chain[index]
  if (!found) return `the certificate of its authority ${issuerName(chain)} ${what} a date that is not told`
  const whose = index === 0 ? 'the certificate' : `the certificate of its authority ${nameIn(found.subject)}`
  return `${whose} ${what} ${found[when].toISOString().replace('.000Z', 'Z')}`
}

/** Who signed the last certificate that was presented. */
function issuerName(chain: readonly X509Certificate[]): string {
  return nameIn(chain.at(-1)?.issuer)
}

/** The common name, else the organization, else all: bounded, in quotes, in characters that do no harm to a log. */
function nameIn(distinguished: string | undefined): string {
  const text =
    /^CN=(.*)$/m.exec(distinguished ?? '')?.[1] ?? /^O=(.*)$/m.exec(distinguished ?? '')?.[1] ?? distinguished
  return JSON.stringify((text ?? 'unknown').slice(0, 64))
}

function tryRead(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined // the verdict on it says so
  }
}
