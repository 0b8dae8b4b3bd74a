import { EXCLUDED_FROM_LOCAL, IN_LOCAL, surveyAscii, UPPERCASE } from './ascii.ts'
import { codePointName, JidError } from './jid-error.ts'
import { checkOctets } from './octets.ts'
import { usernameCaseMapped } from './precis.ts'

/**
 * The localpart as RFC 7622 §3.3 prepares and enforces it: the UsernameCaseMapped profile of PRECIS (RFC 8265 §3.3)
 * without the eight characters of §3.3.1. No XEP-0106 escaping happens here: see {@link escapeLocal}.
 * @throws {JidError} with part `local`.
 * @example prepareLocal('Juliet') // 'juliet'
 */
export function prepareLocal(text: string): string {
  const survey = surveyAscii(text, IN_LOCAL)
  if (survey === IN_LOCAL) return checkOctets(text, 'local')
  if (survey === (IN_LOCAL | UPPERCASE)) return checkOctets(text.toLowerCase(), 'local')
  return checkExcluded(usernameCaseMapped(text))
}

/** After the mappings, because width mapping makes such characters. */
function checkExcluded(text: string): string {
  for (const excluded of EXCLUDED_FROM_LOCAL) {
    if (text.includes(excluded)) {
      throw new JidError('disallowed', 'local', `may not contain ${codePointName(excluded.charCodeAt(0))}`)
    }
  }
  return text
}
