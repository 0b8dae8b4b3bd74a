import type { Jid } from '@parlour/jid'
import type { ElementName } from '@parlour/portable-data'
import type { Element } from '@parlour/xml'

/**
 * What became of one item of an import; in a trial, what would:
 *
 * - `added`: there was nothing of it before
 * - `unchanged`: it was there already
 * - `replaced`: something else was there, and the import was asked to replace it
 * - `kept`: something else is there, and stays
 * - `refused`: it cannot be taken; the reason says why
 * - `left out`: nothing here has a place for it; the reason says what it is
 */
export const IMPORT_RESULTS = ['added', 'unchanged', 'replaced', 'kept', 'refused', 'left out'] as const
export type ImportResult = (typeof IMPORT_RESULTS)[number]

/** The result of an item, or the result with a reason for the operator, without what is in the item. */
export type ImportOutcome = ImportResult | { readonly result: ImportResult; readonly reason: string }

export type ImportOutcomes = ImportOutcome | readonly ImportOutcome[]

/** How an import is to go on. */
export interface ImportMode {
  /** Nothing is to change; the outcomes are what they would be. */
  readonly isTrial: boolean
  /** What differs is replaced by what is imported, instead of kept. */
  readonly replaces: boolean
}

/** The items of one account, one after the other. */
export interface PartImport {
  /** An element that holds several items has several outcomes. */
  take(element: Element): ImportOutcomes | Promise<ImportOutcomes>
  /** There are no more: whatever `take` said must be durable when this is over. */
  finish?(): void | Promise<void>
}

/**
 * What a module holds of an account, as it stands in a document of XEP-0227: registered by `host.portable`, it becomes part
 * of `parlour user export` and `parlour user import`. Elements in a namespace of one's own are allowed (XEP-0227 §4).
 *
 * @example
 * ```ts
 * host.portable({
 *   title: 'notes',
 *   element: { name: 'note', namespace: 'urn:example:notes' },
 *   export: async (account) => [...(await store.list(account.toString())).values()].map(readNote),
 *   import: (account, { isTrial }) => ({
 *     async take(note) {
 *       if (await store.get(account.toString(), note.text())) return 'unchanged'
 *       if (!isTrial) await store.put(account.toString(), true, note.text())
 *       return 'added'
 *     },
 *   }),
 * })
 * ```
 */
export interface PortablePart {
  /** What it is, for the operator, in the plural: `contacts`. */
  readonly title: string
  /** The child of `<user/>`: the item itself, or with `isContainer` the element whose children are the items. */
  readonly element: ElementName
  /** There may be any number of items, which stand together in one element. */
  readonly isContainer?: boolean
  /** All that is held, an item at a time; read in pages, so that any amount fits into memory. */
  export(account: Jid): AsyncIterable<Element> | Promise<Iterable<Element>> | Iterable<Element>
  /** Takes items for an account, which exists unless this is a trial. Items that are there already change nothing. */
  import(account: Jid, mode: ImportMode): PartImport
}
