/** XEP-0441: Message Archive Management Preferences, version 0.2.0. */
import { type Jid, JidError, parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from './namespaces.ts'

const DEFAULTS = ['always', 'never', 'roster'] as const

/** What is archived of those in neither list; `roster`: of those in the roster (XEP-0441 §2.1.1). */
export type ArchiveDefault = (typeof DEFAULTS)[number]

/** Which conversations are archived (XEP-0441 §2.1). */
export interface ArchivePreferences {
  readonly default: ArchiveDefault
  readonly always: readonly Jid[]
  readonly never: readonly Jid[]
}

export function preferencesRequest(): Element {
  return el('prefs', ARCHIVE_NAMESPACE)
}

export function preferencesElement(preferences: ArchivePreferences): Element {
  const list = (name: 'always' | 'never') =>
    el(name, ARCHIVE_NAMESPACE, {}, ...preferences[name].map((jid) => el('jid', ARCHIVE_NAMESPACE, {}, jid.toString())))
  return el('prefs', ARCHIVE_NAMESPACE, { default: preferences.default }, list('always'), list('never'))
}

/** @throws StanzaError `bad-request` for a default that is none, `jid-malformed` for an address that is none */
export function readPreferences(prefs: Element): ArchivePreferences {
  const chosen = DEFAULTS.find((each) => each === prefs.attribute('default'))
  if (!chosen) throw new StanzaError('bad-request', `'default' is one of ${DEFAULTS.join(', ')}`)
  const list = (name: 'always' | 'never') => prefs.child(name)?.childrenNamed('jid').map(readAddress) ?? []
  return { default: chosen, always: list('always'), never: list('never') }
}

/**
 * Whether messages to or from an address are archived (XEP-0441 §2.3); `undefined`: if it is in the roster. An address
 * in both lists is archived never: the lists are what the user said most exactly, and less is kept when in doubt.
 */
export function isPreferred(preferences: ArchivePreferences, address: Jid): boolean | undefined {
  const isListed = (listed: Jid) => listed.equals(listed.isBare ? address.bare : address)
  if (preferences.never.some(isListed)) return false
  if (preferences.always.some(isListed)) return true
  return preferences.default === 'roster' ? undefined : preferences.default === 'always'
}

function readAddress(element: Element): Jid {
  try {
    return parseJid(element.text().trim())
  } catch (error) {
    if (!(error instanceof JidError)) throw error
    throw new StanzaError('jid-malformed', 'a preference is for something that is no address', { cause: error })
  }
}
