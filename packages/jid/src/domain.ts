import { IN_DOMAIN, NOT_ASCII, surveyAscii, UPPERCASE } from './ascii.ts'
import { internationalLabel } from './idna.ts'
import { prepareIpLiteral } from './ip-literal.ts'
import { codePointName, JidError } from './jid-error.ts'
import { checkOctets, checkUnprepared } from './octets.ts'
import { mapWidth } from './precis.ts'

/** RFC 1035 §2.3.4: the octets of a label as DNS carries it, so of the A-label, not of the U-label. */
const MAX_LABEL_OCTETS = 63
/** An LDH label (RFC 5890 §2.3.1) that is not reserved: no hyphens in both its third and fourth place. */
const ORDINARY_LABEL = /^(?!..--)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
/** RFC 5895 §2 step 4: the ideographic full stop separates labels too. */
const IDEOGRAPHIC_FULL_STOP = /\u3002/g

/**
 * The domainpart as RFC 7622 §3.2 prepares and enforces it: an IP literal, an IPv4 address, or labels that are NR-LDH
 * labels or U-labels. One final dot is removed; A-labels become U-labels; case and width are mapped (RFC 5895 §2).
 * @throws {JidError} with part `domain`.
 * @example prepareDomain('XN--Mnchen-3ya.example.') // 'münchen.example'
 */
export function prepareDomain(text: string): string {
  const domain = text.endsWith('.') ? text.slice(0, -1) : text
  const survey = surveyAscii(domain, IN_DOMAIN)
  if (survey === 0 || survey === NOT_ASCII) return prepareUnusual(domain)
  const lower = (survey & UPPERCASE) !== 0 ? domain.toLowerCase() : domain
  return checkOctets(isOrdinary(lower) ? lower : prepareLabels(lower), 'domain')
}

function prepareUnusual(domain: string): string {
  checkUnprepared(domain, 'domain')
  if (domain.startsWith('[')) return checkOctets(prepareIpLiteral(domain), 'domain')
  const mapped = mapWidth(domain).toLowerCase().normalize('NFC').replace(IDEOGRAPHIC_FULL_STOP, '.')
  return checkOctets(prepareLabels(mapped.endsWith('.') ? mapped.slice(0, -1) : mapped), 'domain')
}

function prepareLabels(domain: string): string {
  return domain.split('.').map(prepareLabel).join('.')
}

/**
 * Whether every label of LDH characters is an NR-LDH label, what nearly every domain is, found in one pass without
 * cutting it up. A hyphen in the fourth place is left to {@link prepareLabel}.
 */
function isOrdinary(domain: string): boolean {
  let labelStart = 0
  for (let index = 0; index <= domain.length; index++) {
    const code = index === domain.length ? DOT : domain.charCodeAt(index)
    if (code === HYPHEN && (index === labelStart || index === labelStart + 3 || isLabelEnd(domain, index + 1)))
      return false
    if (code !== DOT) continue
    if (index === labelStart || index - labelStart > MAX_LABEL_OCTETS) return false
    labelStart = index + 1
  }
  return true
}

const DOT = 0x2e
const HYPHEN = 0x2d

function isLabelEnd(domain: string, index: number): boolean {
  return index === domain.length || domain.charCodeAt(index) === DOT
}

function prepareLabel(label: string): string {
  if (label === '') throw new JidError('empty', 'domain', 'has an empty label')
  if (label.startsWith('xn--') || surveyAscii(label, IN_DOMAIN) === NOT_ASCII) return internationalLabel(label)
  if (label.length > MAX_LABEL_OCTETS) {
    throw new JidError('too-long', 'domain', `has a label longer than ${MAX_LABEL_OCTETS} octets`)
  }
  if (!ORDINARY_LABEL.test(label)) refuseLabel(label)
  return label
}

function refuseLabel(label: string): never {
  for (const character of label) {
    if (!/[a-z0-9-]/.test(character)) {
      throw new JidError('disallowed', 'domain', `may not contain ${codePointName(character.codePointAt(0) ?? 0)}`)
    }
  }
  const where = label.slice(2, 4) === '--' ? 'third and fourth places' : 'beginning or end'
  throw new JidError('label', 'domain', `has a label with hyphens in its ${where}`)
}
