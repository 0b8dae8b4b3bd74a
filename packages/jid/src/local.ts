import { EXCLUDED_FROM_LOCAL, IN_LOCAL, NOT_ASCII, surveyAscii, UPPERCASE } from './ascii.ts'
import { codePointName, JidError } from './jid-error.ts'
import { checkOctets } from './octets.ts'
import { usernameCaseMapped } from './precis.ts'

/**
 * The localpart as RFC 7622 §3.3 prepares and enforces it: the UsernameCaseMapped profile of PRECIS (RFC 8265 §3.3)
 * without the eight characters of §3.3.1. No XEP-0106 escaping happens here: see `escapeLocal`.
 * @throws {JidError} with part `local`.
 * @example prepareLocal('Juliet') // 'juliet'
 */
export function prepareLocal(text: string): string {
  const survey = surveyAscii(text, IN_LOCAL)
  if (survey === IN_LOCAL) return checkOctets(text, 'local')
  if (survey === (IN_LOCAL | UPPERCASE)) return checkOctets(text.toLowerCase(), 'local')
  const mapped = usernameCaseMapped(text)
  if (survey !== NOT_ASCII || surveyAscii(mapped, IN_LOCAL) === 0) refuseExcluded(mapped)
  return checkOctets(mapped, 'local')
}

function refuseExcluded(text: string): void {
  for (const character of text) {
    if (EXCLUDED_FROM_LOCAL.includes(character)) {
      throw new JidError('disallowed', 'local', `may not contain ${codePointName(character.charCodeAt(0))}`)
    }
  }
}
