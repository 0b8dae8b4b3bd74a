/** XEP-0313 §4.2, §4.3: what a query is answered with. */
import { type Forwarded, forwardedElement, readForwarded } from '@parlour/extensions/forwarding'
import type { Message } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from './namespaces.ts'
import { type ResultSet, readResultSet, resultSetElement } from './result-set.ts'

/** A message of an archive, as a query gives it (XEP-0313 §4.2). */
export interface ArchiveResult extends Forwarded {
  /** Of the message in the archive. */
  readonly id: string
  /** That of the query. */
  readonly queryId?: string
}

/** The end of a page (XEP-0313 §4.3). */
export interface PageEnd {
  readonly set: ResultSet
  /** Nothing follows this page in the direction of paging. */
  readonly isComplete: boolean
  /** The result may still change. */
  readonly isUnstable?: boolean
}

export function archiveResultElement({ id, queryId, ...forwarded }: ArchiveResult): Element {
  return el('result', ARCHIVE_NAMESPACE, { queryid: queryId, id }, forwardedElement(forwarded))
}

/** What a message has of an archive; who sent it and for which query is for the caller to check (XEP-0313 §8.2). */
export function readArchiveResult({ element }: Message): ArchiveResult | undefined {
  const result = element.child('result', ARCHIVE_NAMESPACE)
  const id = result?.attribute('id')
  const forwarded = result && readForwarded(result)
  if (!id || !forwarded) return undefined
  const queryId = result?.attribute('queryid')
  return queryId === undefined ? { id, ...forwarded } : { id, queryId, ...forwarded }
}

export function pageEndElement({ set, isComplete, isUnstable }: PageEnd): Element {
  const attributes = { complete: isComplete ? 'true' : undefined, stable: isUnstable ? 'false' : undefined }
  return el('fin', ARCHIVE_NAMESPACE, attributes, resultSetElement(set))
}

export function readPageEnd(fin: Element): PageEnd {
  const isTrue = (name: string) => ['true', '1'].includes(fin.attribute(name) ?? '')
  const isUnstable = ['false', '0'].includes(fin.attribute('stable') ?? '')
  return { set: readResultSet(fin), isComplete: isTrue('complete'), ...(isUnstable ? { isUnstable } : {}) }
}
