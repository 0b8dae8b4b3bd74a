import { type Jid, JidError, parseJid } from '@parlour/jid'
import { ROSTER } from '@parlour/portable-data'
import {
  changeSubscription,
  itemElement,
  ROSTER_NAMESPACE,
  type Roster,
  type RosterItem,
  readItems,
} from '@parlour/roster'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import type { RosterSession } from '../roster/roster-session.ts'
import type { RosterStore } from '../roster/roster-store.ts'
import type { RosterEdit, Rosters } from '../roster/rosters.ts'
import type { ImportMode, ImportOutcome, PortablePart } from './portable-part.ts'

type Decide = (roster: Roster) => { readonly outcome: ImportOutcome; readonly edit?: RosterEdit }

/** Contacts, and the requests which the account has not answered (XEP-0227 §4.4, §4.9). */
export function rosterParts<S extends RosterSession>(rosters: Rosters<S>, store: RosterStore): readonly PortablePart[] {
  return [contacts(rosters), requests(rosters, store)]
}

/** Changes an entry as `decide` says, or in a trial finds out what would become of it. */
async function change<S extends RosterSession>(
  rosters: Rosters<S>,
  [account, jid, { isTrial }]: readonly [account: Jid, jid: string, mode: ImportMode],
  decide: Decide,
): Promise<ImportOutcome> {
  const name = account.toString()
  if (isTrial) return decide(await rosters.get(name)).outcome
  let outcome: ImportOutcome = 'unchanged'
  await rosters.change(name, jid, (roster) => {
    const decided = decide(roster)
    outcome = decided.outcome
    return decided.edit ?? { item: roster.get(jid), changed: false, push: false }
  })
  return outcome
}

function contacts<S extends RosterSession>(rosters: Rosters<S>): PortablePart {
  return {
    title: 'contacts',
    element: ROSTER,
    isContainer: true,
    export: async (account) => (await rosters.get(account.toString())).items().map(itemElement),
    import: (account, mode) => ({
      take(element) {
        const item = readContact(element)
        if (!item) return { result: 'refused', reason: 'an item without a valid address or subscription' }
        if (item.jid === account.toString()) return { result: 'refused', reason: 'the account itself as a contact' }
        return change(rosters, [account, item.jid, mode], (roster) => placeContact(roster.get(item.jid), item, mode))
      },
    }),
  }
}

function requests<S extends RosterSession>(rosters: Rosters<S>, store: RosterStore): PortablePart {
  return {
    title: 'subscription requests',
    element: { name: 'presence', namespace: CLIENT_NAMESPACE },
    async export(account) {
      const name = account.toString()
      const stored = await store.requests(name)
      const open = [...(await rosters.get(name)).entries()].filter(({ pendingIn }) => pendingIn)
      return open.map(({ jid }) => stored.get(jid) ?? requestOf(jid))
    },
    import: (account, mode) => ({
      take(element) {
        const jid = element.attribute('type') === 'subscribe' && bareOf(element.attribute('from'))
        if (!jid) return { result: 'refused', reason: 'presence that is no request of an address' }
        const request = element.withAttributes({ from: jid, to: account.toString() })
        return change(rosters, [account, jid, mode], (roster) => {
          const { item, changed, push } = changeSubscription(roster.get(jid), jid, 'subscribe', 'inbound')
          if (!changed || !item?.pendingIn) return { outcome: 'unchanged' }
          const writes = [store.putRequest(account.toString(), jid, request)]
          return { outcome: 'added', edit: { item, changed, push, writes } }
        })
      },
    }),
  }
}

function placeContact(
  before: RosterItem | undefined,
  imported: RosterItem,
  { replaces }: ImportMode,
): ReturnType<Decide> {
  const item = { ...imported, pendingIn: before?.pendingIn === true && !hasSubscriber(imported) }
  const edit = { item, changed: true, push: true }
  if (!before?.listed) return { outcome: 'added', edit }
  if (isSame(before, item)) return { outcome: 'unchanged' }
  if (replaces) return { outcome: 'replaced', edit }
  return { outcome: { result: 'kept', reason: 'a contact is there, and differs' } }
}

const hasSubscriber = ({ subscription }: RosterItem): boolean => subscription === 'from' || subscription === 'both'

const isSame = (one: RosterItem, other: RosterItem): boolean =>
  itemElement(one).toString() === itemElement(other).toString()

function readContact(element: Element): RosterItem | undefined {
  const [item] = readItems(el('query', ROSTER_NAMESPACE, {}, element))
  const jid = item && bareOf(item.jid)
  return item && jid && !('removed' in item) ? { ...item, jid } : undefined
}

function bareOf(text: string | undefined): string | undefined {
  try {
    return text ? parseJid(text).bare.toString() : undefined
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}

const requestOf = (jid: string): Element => el('presence', CLIENT_NAMESPACE, { from: jid, type: 'subscribe' })
