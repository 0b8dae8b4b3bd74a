import { X509Certificate } from 'node:crypto'
import { certificateNames } from '@parlour/tls-negotiation'
import type { TlsSecurity } from '@parlour/transport'
import type { CertificateFacts } from './walk-step.ts'

const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '2.5.29.37.0': 'any',
}

const MAX_NAMES = 100

/** What the peer's certificate says of itself; undefined without one, and for one that cannot be read. */
export function certificateFacts(security: TlsSecurity): CertificateFacts | undefined {
  const [leaf, ...others] = security.peerCertificateChain()
  const read = leaf && readCertificate(leaf)
  if (!read) return undefined
  return {
    names: certificateNames(leaf)
      .slice(0, MAX_NAMES)
      .map(({ value }) => value),
    subject: nameIn(read.subject),
    issuer: nameIn(read.issuer),
    notBefore: read.validFromDate.toISOString(),
    notAfter: read.validToDate.toISOString(),
    purposes: (read.keyUsage ?? []).map((purpose) => PURPOSES[purpose] ?? purpose),
    chainLength: 1 + others.length,
  }
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined // the verdict on its chain says so
  }
}

/** The common name, else the organization, else all. */
function nameIn(distinguished: string): string {
  const part = (attribute: string) => new RegExp(`^${attribute}=(.*)$`, 'm').exec(distinguished)?.[1]
  return part('CN') ?? part('O') ?? distinguished.replaceAll('\n', ', ')
}
