import { isIP } from 'node:net'
import { toAsciiDomain } from '@parlour/tls-negotiation'
import { ResolveError } from './lookup.ts'

const MAXIMUM_NAME_LENGTH = 253
const LABEL = /^[\x21-\x2d\x2f-\x7e]{1,63}$/
/** Letters, digits, hyphen; the underscore is no letter of host names, yet some have it. */
const HOST = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

/**
 * A domain as DNS has it: A-labels, lower case, without the last dot.
 *
 * @throws {ResolveError} `not-found`: no name that DNS can hold (RFC 1035 §2.3.4)
 */
export function toDnsName(domain: string): string {
  const name = toAsciiDomain(domain.replace(/\.$/, ''))
  if (name.length <= MAXIMUM_NAME_LENGTH && name.split('.').every((label) => LABEL.test(label))) return name
  throw new ResolveError('not-found', `${JSON.stringify(domain)} cannot be a name in DNS (RFC 1035 §2.3.4)`)
}

/** The address that a host is, without the brackets of the IPv6 form; undefined for names. */
export function addressLiteral(host: string): string | undefined {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) === 0 ? undefined : address
}

/** Whether one can connect to it: the target of an SRV record may hold any octets. */
export function isHostName(name: string): boolean {
  return name.length <= MAXIMUM_NAME_LENGTH && HOST.test(name)
}

/** RFC 6761 §6.3: such names mean this machine and are not asked of name servers. */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}

/** A name of an answer: lower case (RFC 4343), and nothing that a terminal or log would obey (RFC 1035 §5.1). */
export function fromWire(name: string): string {
  if (name === '.') return name
  return name.toLowerCase().replace(/[^\x21-\x7e]/gu, (character) => {
    const codes = [...new TextEncoder().encode(character)]
    return codes.map((code) => `\\${String(code).padStart(3, '0')}`).join('')
  })
}
