import type { ImportOutcome, PortablePart } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from '../protocol/namespaces.ts'
import { type ArchivePreferences, preferencesElement, readPreferences } from '../protocol/preferences.ts'
import type { PreferenceStore } from './preference-store.ts'

/**
 * What an account wants archived, if it has ever said so: XEP-0227 has no place for it, so it stands there as XEP-0441 has it
 * (XEP-0227 §4: elements of other namespaces are allowed).
 */
export function preferencesPart(preferences: PreferenceStore): PortablePart {
  return {
    title: 'archive preferences',
    element: { name: 'prefs', namespace: ARCHIVE_NAMESPACE },
    async export(account) {
      const chosen = await preferences.chosen(account.toString())
      return chosen ? [preferencesElement(chosen)] : []
    },
    import: (account, { isTrial, replaces }) => ({
      async take(element): Promise<ImportOutcome> {
        const before = await preferences.chosen(account.toString())
        const imported = readable(element)
        if (imported instanceof StanzaError)
          return { result: 'refused', reason: imported.text ?? 'something that is no preference' }
        if (before && isSame(before, imported)) return 'unchanged'
        if (before && !replaces) return { result: 'kept', reason: 'the account has others here' }
        try {
          await preferences.change(account.toString(), imported, isTrial)
        } catch (error) {
          if (error instanceof StanzaError) return { result: 'refused', reason: error.text ?? error.condition }
          throw error
        }
        return before ? 'replaced' : 'added'
      },
    }),
  }
}

const isSame = (one: ArchivePreferences, other: ArchivePreferences): boolean =>
  preferencesElement(one).toString() === preferencesElement(other).toString()

function readable(element: Element): ArchivePreferences | StanzaError {
  try {
    return readPreferences(element)
  } catch (error) {
    if (error instanceof StanzaError) return error
    throw error
  }
}
