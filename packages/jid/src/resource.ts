import { IN_RESOURCE, surveyAscii } from './ascii.ts'
import { checkOctets } from './octets.ts'
import { opaqueString } from './precis.ts'

/**
 * The resourcepart as RFC 7622 §3.4 prepares and enforces it: the OpaqueString profile of PRECIS (RFC 8265 §4.2).
 * @throws {JidError} with part `resource`.
 * @example prepareResource('Balcony\u00a01') // 'Balcony 1'
 */
export function prepareResource(text: string): string {
  const survey = surveyAscii(text, IN_RESOURCE)
  return checkOctets((survey & IN_RESOURCE) !== 0 ? text : opaqueString(text, 'resource'), 'resource')
}
