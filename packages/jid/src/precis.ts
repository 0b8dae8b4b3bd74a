import { JidError, type JidPart } from './jid-error.ts'
import { checkUnprepared } from './octets.ts'

const FULLWIDTH_AND_HALFWIDTH = /[\u3000\uff01-\uffee]/g

/** RFC 8265 §3.3.1: fullwidth and halfwidth code points become their decomposition mappings. */
export function mapWidth(text: string): string {
  return text.replace(FULLWIDTH_AND_HALFWIDTH, (character) => character.normalize('NFKC'))
}

/** RFC 8265 §3.3, the UsernameCaseMapped profile. */
export function usernameCaseMapped(text: string): string {
  checkUnprepared(text, 'local')
  const mapped = mapWidth(text).toLowerCase().normalize('NFC')
  if (/[^\x21-\x7e\p{L}\p{M}\p{Nd}]/u.test(mapped)) throw new JidError('disallowed', 'local', 'is no username')
  return mapped
}

/**
 * RFC 8265 §4.2, the OpaqueString profile, for passwords and resourceparts.
 * @throws {JidError} when the text is empty or has a code point outside the FreeformClass (RFC 8264 §4.3).
 */
export function opaqueString(text: string, part: JidPart = 'resource'): string {
  checkUnprepared(text, part)
  const mapped = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  if (/[^ -~\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(mapped)) throw new JidError('disallowed', part, 'is no opaque string')
  return mapped
}
