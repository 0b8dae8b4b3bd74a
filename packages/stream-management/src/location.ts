/** Where an accepting entity would like to be reached for resumption. */
export interface Location {
  /** A domain name, or an address without brackets. */
  readonly host: string
  /** 1 to 65535; `undefined`: the standard one. */
  readonly port?: number | undefined
}

/**
 * Reads the `location` of `<enabled/>`: `host`, `host:port`, `[IPv6]` or `[IPv6]:port` (XEP-0198 §3, RFC 6120
 * §4.9.3.19); `undefined` when it is none of them. Whoever connects there verifies the certificate for the domain of
 * the session as ever: a location is a hint, not an identity.
 *
 * @example parseLocation('[2001:41D0:1:A49b::1]:9222') // { host: '2001:41D0:1:A49b::1', port: 9222 }
 */
export function parseLocation(text: string): Location | undefined {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^\s[\]:/@]+))(?::(\d{1,5}))?$/.exec(text)
  if (!match) return undefined
  const host = match[1] ?? match[2] ?? ''
  if (match[3] === undefined) return { host }
  const port = Number(match[3])
  return port >= 1 && port <= 65_535 ? { host, port } : undefined
}
