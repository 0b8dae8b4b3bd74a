import { checkOctets } from './octets.ts'
import { opaqueString } from './precis.ts'

/**
 * The resourcepart as RFC 7622 §3.4 prepares and enforces it: the OpaqueString profile of PRECIS (RFC 8265 §4.2).
 * @throws {JidError} with part `resource`.
 * @example prepareResource('Balcony\u00a01') // 'Balcony 1'
 */
export function prepareResource(text: string): string {
  return checkOctets(opaqueString(text, 'resource'), 'resource')
}
