import { X509Certificate } from 'node:crypto'
import type { Logger } from '@parlour/server-core'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import { type Certificate, CertificateStore } from '@parlour/transport-tcp'

const DAY = 86_400_000
/** A certificate that ends so soon should have been renewed. */
const SOON = 7 * DAY

/** Logs what is wrong with certificates that can be used all the same: nobody believes them. @param now milliseconds */
export function warnOf(
  certificates: readonly Certificate[],
  domains: readonly string[],
  now: number,
  log: Logger,
): void {
  const named = new Set(new CertificateStore(certificates).domains)
  for (const domain of domains) {
    const name = toAsciiDomain(domain).toLowerCase()
    if (!named.has(name) && !named.has(name.replace(/^[^.]+/, '*')))
      log.warn(
        { domain, named: [...named] },
        'no certificate is for this domain: clients and servers refuse to connect',
      )
  }
  for (const { certificate } of certificates) warnOfTime(new X509Certificate(certificate), now, log)
}

function warnOfTime({ subjectAltName, validFromDate, validToDate }: X509Certificate, now: number, log: Logger): void {
  const facts = { names: subjectAltName, from: validFromDate.toISOString(), until: validToDate.toISOString() }
  if (validToDate.getTime() < now) log.warn(facts, 'a certificate has expired: clients and servers refuse to connect')
  else if (validToDate.getTime() < now + SOON) log.warn(facts, 'a certificate expires within a week')
  if (validFromDate.getTime() > now) log.warn(facts, 'a certificate is not valid yet: see whether the clock is right')
}
