import type { ModuleStore, PortablePart } from '@parlour/server-core'
import { type ParserLimits, parseXml } from '@parlour/xml'
import { VCARD_NAMESPACE } from './wire.ts'

/** The vCard of an account (XEP-0227 §4.7). */
export function vcardPart(store: ModuleStore, maxBytes: number, limits: ParserLimits): PortablePart {
  return {
    title: 'vCard',
    element: { name: 'vCard', namespace: VCARD_NAMESPACE },
    async export(account) {
      const text = await store.get(account.toString())
      return typeof text === 'string' ? [parseXml(text, limits)] : []
    },
    import: (account, { isTrial, replaces }) => ({
      async take(vcard) {
        const text = vcard.toString()
        if (text.length > maxBytes) return { result: 'refused', reason: `it is larger than ${maxBytes} bytes` }
        const before = await store.get(account.toString())
        if (before === text) return 'unchanged'
        if (before !== undefined && !replaces) return { result: 'kept', reason: 'another one is there' }
        if (!isTrial) await store.put(account.toString(), text)
        return before === undefined ? 'added' : 'replaced'
      },
    }),
  }
}
