import { PRIVATE_XML } from '@parlour/portable-data'
import type { ImportMode, ImportOutcome, PortablePart } from '@parlour/server-core'
import type { Json } from '@parlour/storage'
import type { Element } from '@parlour/xml'

/** What the part needs of the stored elements of an account. */
export interface PrivateXmlElements {
  /** The texts, by {@link key}. */
  list(owner: string): Promise<Map<string, Json>>
  key(element: Element): string
  read(text: string): Element
  /** Why an element cannot be stored beside those. */
  refusal(element: Element, records: ReadonlyMap<string, Json>): string | undefined
  put(owner: string, element: Element): Promise<void>
}

/** The elements of an account (XEP-0227 §4.6). */
export function privateXmlPart(elements: PrivateXmlElements): PortablePart {
  const take = async (owner: string, element: Element, { isTrial, replaces }: ImportMode): Promise<ImportOutcome> => {
    const records = await elements.list(owner)
    const before = records.get(elements.key(element))
    if (before === element.toString()) return 'unchanged'
    if (before !== undefined && !replaces) return { result: 'kept', reason: 'another element of the name is there' }
    const reason = elements.refusal(element, records)
    if (reason !== undefined) return { result: 'refused', reason }
    if (!isTrial) await elements.put(owner, element)
    return before === undefined ? 'added' : 'replaced'
  }
  return {
    title: 'private XML',
    element: PRIVATE_XML,
    isContainer: true,
    async export(account) {
      const texts = [...(await elements.list(account.toString())).values()]
      return texts.map((text) => elements.read(text as string))
    },
    import: (account, mode) => ({ take: (element) => take(account.toString(), element, mode) }),
  }
}
