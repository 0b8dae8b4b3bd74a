import { type Jid, JidError, parseJid } from '@parlour/jid'
import type { ImportMode, ImportOutcome, PortablePart } from '@parlour/server-core'
import { type Element, el } from '@parlour/xml'
import type { Blocklist, Blocklists } from './blocklists.ts'
import { BLOCKING_NAMESPACE } from './wire.ts'

const PRIVACY_NAMESPACE = 'jabber:iq:privacy'

/**
 * The blocked addresses of an account, and those that a privacy list of XEP-0016 denies everything (XEP-0191 §5: "a privacy
 * list item of type jid, action deny, with no child elements"). Other rules of privacy lists have no place here.
 */
export function blockingParts(lists: Blocklists, maxEntries: number): readonly PortablePart[] {
  const add = async (account: Jid, addresses: readonly string[], { isTrial }: ImportMode): Promise<ImportOutcome> => {
    const owner = account.toString()
    const before = await lists.get(owner)
    const all = new Set([...before, ...addresses])
    if (all.size === before.size) return 'unchanged'
    if (all.size > maxEntries) return { result: 'refused', reason: `at most ${maxEntries} addresses can be blocked` }
    if (!isTrial) await lists.replace(owner, (list: Blocklist) => new Set([...list, ...addresses]))
    return 'added'
  }
  const blocklist: PortablePart = {
    title: 'blocked addresses',
    element: { name: 'blocklist', namespace: BLOCKING_NAMESPACE },
    isContainer: true,
    export: async (account) =>
      Array.from(await lists.get(account.toString()), (jid) => el('item', BLOCKING_NAMESPACE, { jid })),
    import: (account, mode) => ({
      take(item) {
        const address = addressOf(item.attribute('jid'))
        return address
          ? add(account, [address], mode)
          : { result: 'refused', reason: 'an item without a valid address' }
      },
    }),
  }
  const privacyLists: PortablePart = {
    title: 'privacy lists',
    element: { name: 'query', namespace: PRIVACY_NAMESPACE },
    export: () => [],
    import: (account, mode) => ({
      async take(query) {
        const { blocked, hasOthers } = readPrivacyLists(query)
        const outcome = await add(account, blocked, mode)
        const result = typeof outcome === 'string' ? outcome : outcome.result
        return hasOthers ? { result, reason: 'rules other than to block an address are left out' } : outcome
      },
    }),
  }
  return [blocklist, privacyLists]
}

/** Of the default list, or of the only one. */
function readPrivacyLists(query: Element): { readonly blocked: readonly string[]; readonly hasOthers: boolean } {
  const lists = query.childrenNamed('list', PRIVACY_NAMESPACE)
  const wanted = query.child('default', PRIVACY_NAMESPACE)?.attribute('name')
  const list = lists.find((each) => each.attribute('name') === wanted) ?? (lists.length === 1 ? lists[0] : undefined)
  const items = list?.childrenNamed('item', PRIVACY_NAMESPACE) ?? []
  const blocked = items.flatMap((item) => (blocks(item) ? (addressOf(item.attribute('value')) ?? []) : []))
  const harmless = items.filter((item) => item.attribute('action') === 'allow' && item.attribute('type') === undefined)
  return { blocked, hasOthers: lists.length > 1 || blocked.length + harmless.length < items.length }
}

const blocks = (item: Element): boolean =>
  item.attribute('type') === 'jid' && item.attribute('action') === 'deny' && item.elements().length === 0

function addressOf(text: string | undefined): string | undefined {
  try {
    return text ? parseJid(text).toString() : undefined
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}
