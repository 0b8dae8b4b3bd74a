import { IN_DOMAIN, isPreparedDomain, MAX_LABEL_OCTETS, NOT_ASCII, surveyAscii } from './ascii.ts'
import { checkDirections, internationalLabel, labelTooLong } from './idna.ts'
import { prepareIpLiteral } from './ip-literal.ts'
import { codePointName, JidError } from './jid-error.ts'
import { checkOctets, checkUnprepared } from './octets.ts'
import { mapCase, mapWidth } from './precis.ts'

/** RFC 7622 §3.2 has one removed before anything else, so in each form that is mapped to a dot (RFC 5895 §2). */
const FINAL_SEPARATOR = /[.\u3002\uff0e\uff61]$/
/** RFC 5895 §2 step 4: the ideographic full stop separates labels too. */
const IDEOGRAPHIC_FULL_STOP = /\u3002/g
/** Cherokee folds to its capitals, so that IDNA2008 has those as PVALID and not the small letters (RFC 5892 §2.2). */
const NOT_CHEROKEE_CAPITALS = /[^\u13a0-\u13f5]+/g

/**
 * The domainpart as RFC 7622 §3.2 prepares and enforces it: an IP literal, an IPv4 address, or labels that are NR-LDH
 * labels or U-labels. One final dot is removed; A-labels become U-labels; case and width are mapped (RFC 5895 §2).
 * @throws {JidError} with part `domain`.
 * @example prepareDomain('XN--Mnchen-3ya.example.') // 'münchen.example'
 */
export function prepareDomain(text: string): string {
  if (isPreparedDomain(text, 0, text.length)) return text
  checkUnprepared(text, 'domain')
  return checkOctets(prepareUnusual(text.replace(FINAL_SEPARATOR, '')), 'domain')
}

function prepareUnusual(domain: string): string {
  if (domain.startsWith('[')) return prepareIpLiteral(domain)
  return prepareLabels(mapLetters(mapWidth(domain)).normalize('NFC').replace(IDEOGRAPHIC_FULL_STOP, '.'))
}

/** RFC 5895 §2 step 1, sparing the capitals that are the valid ones. */
function mapLetters(domain: string): string {
  return domain.replace(NOT_CHEROKEE_CAPITALS, mapCase)
}

function prepareLabels(domain: string): string {
  if (domain === '') throw new JidError('empty', 'domain', 'is empty')
  const labels = domain.split('.').map(prepareLabel)
  checkDirections(labels)
  return labels.join('.')
}

function prepareLabel(label: string): string {
  if (label === '') throw new JidError('empty', 'domain', 'has an empty label')
  const survey = surveyAscii(label, IN_DOMAIN)
  if (survey === NOT_ASCII || label.startsWith('xn--')) return internationalLabel(label)
  if (survey === 0) refuseCharacter(label)
  if (label.length > MAX_LABEL_OCTETS) throw labelTooLong()
  if (label.startsWith('-') || label.endsWith('-') || label.startsWith('--', 2)) refuseHyphens(label)
  return label
}

function refuseCharacter(label: string): never {
  const character = Array.from(label).find((candidate) => surveyAscii(candidate, IN_DOMAIN) === 0)
  throw new JidError('disallowed', 'domain', `may not contain ${codePointName(character?.codePointAt(0) ?? 0)}`)
}

/** RFC 5890 §2.3.1: no LDH label begins or ends with a hyphen, and `??--` is reserved. */
function refuseHyphens(label: string): never {
  const where = label.startsWith('--', 2) ? 'third and fourth place' : 'beginning or end'
  throw new JidError('label', 'domain', `has a label with hyphens at its ${where}`)
}
