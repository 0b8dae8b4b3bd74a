declare const URL: { new (url: string): { readonly hostname: string } }

/**
 * A domainpart in the form that DNS, SNI and certificates use: internationalized labels as A-labels (RFC 5890 §2.3.2.1),
 * lower case. What cannot be written so is returned as it is; no certificate names it.
 */
export function toAsciiDomain(domain: string): string {
  if (/^[\x21-\x7e]*$/.test(domain)) return domain.toLowerCase()
  try {
    return new URL(`https://${domain}`).hostname
  } catch {
    return domain // not a domain name: it matches nothing
  }
}
