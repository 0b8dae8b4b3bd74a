import { JidError } from './jid-error.ts'

const DECIMAL_OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${DECIMAL_OCTET}(?:\\.${DECIMAL_OCTET}){3}$`)
const HEX_GROUP = /^[0-9a-f]{1,4}$/
/** RFC 3986 §3.2.2 and RFC 6874 §2: the zone after `%25`, and a future version's address. */
const ZONE = /^(?:[a-z0-9._~-]|%[0-9a-f]{2})+$/
const IP_FUTURE = /^v[0-9a-f]+\.[a-z0-9._~!$&'()*+,;=:-]+$/

/** The literal in lower case; RFC 7622 §3.2 takes its rule from RFC 3986 and RFC 6874. */
export function prepareIpLiteral(text: string): string {
  const literal = text.toLowerCase()
  const inside = literal.slice(1, -1)
  const [address = '', zone, ...more] = inside.split('%25')
  const zoneHolds = zone === undefined || (more.length === 0 && ZONE.test(zone))
  if (literal.endsWith(']') && (IP_FUTURE.test(inside) || (isIpv6(address) && zoneHolds))) return literal
  throw new JidError('ip-literal', 'domain', 'is in brackets but is no IP literal')
}

/** RFC 3986 §3.2.2 `IPv6address`: eight groups, the last two perhaps dotted decimal, one run of zeros as `::`. */
function isIpv6(address: string): boolean {
  const halves = address.split('::')
  if (halves.length > 2) return false
  const counts = halves.map((half, index) => countGroups(half, index === halves.length - 1))
  const total = counts.reduce((sum, count) => sum + count, 0)
  return halves.length === 2 ? total <= 7 : total === 8
}

/** The 16-bit groups of one side of `::`; `NaN` where one is malformed. */
function countGroups(half: string, isLast: boolean): number {
  if (half === '') return 0
  const groups = half.split(':')
  const last = groups.at(-1) ?? ''
  const dotted = isLast && IPV4.test(last)
  const plain = dotted ? groups.slice(0, -1) : groups
  return plain.every((group) => HEX_GROUP.test(group)) ? plain.length + (dotted ? 2 : 0) : Number.NaN
}
