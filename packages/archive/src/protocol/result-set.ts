/** XEP-0059: Result Set Management, version 1.0. */
import { StanzaError } from '@parlour/stanza'
import { beginningOf, type Element, el } from '@parlour/xml'

export const RESULT_SET_NAMESPACE = 'http://jabber.org/protocol/rsm'

/** Which page of a result is asked for (XEP-0059 §2). */
export interface PageRequest {
  /** At most so many items; 0 asks only how many there are (XEP-0059 §2.7). */
  readonly max?: number
  /** The page that follows this item (XEP-0059 §2.2). */
  readonly after?: string
  /** The page that precedes this item (XEP-0059 §2.3); `''`: the last page (XEP-0059 §2.5). */
  readonly before?: string
}

/** Which page of a result this is (XEP-0059 §2). */
export interface ResultSet {
  readonly first?: string
  readonly last?: string
  /** The position of `first` in the whole result, from 0. */
  readonly index?: number
  /** The size of the whole result. */
  readonly count?: number
}

export function pageRequestElement({ max, after, before }: PageRequest): Element {
  return el(
    'set',
    RESULT_SET_NAMESPACE,
    {},
    max !== undefined && el('max', RESULT_SET_NAMESPACE, {}, String(max)),
    after !== undefined && el('after', RESULT_SET_NAMESPACE, {}, after),
    before !== undefined && el('before', RESULT_SET_NAMESPACE, {}, before),
  )
}

/**
 * The page that a query asks for.
 *
 * @throws StanzaError `bad-request` for a `<max/>` that is no number; `feature-not-implemented` for a page by its index,
 * which is optional (XEP-0059 §2.6)
 */
export function readPageRequest(query: Element): PageRequest {
  const set = query.child('set', RESULT_SET_NAMESPACE)
  if (!set) return {}
  if (set.child('index')) throw new StanzaError('feature-not-implemented', 'pages are had by item, not by index')
  const [max, after, before] = ['max', 'after', 'before'].map((name) => set.childText(name))
  return {
    ...(max === undefined ? {} : { max: readCount(max) }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  }
}

export function resultSetElement({ first, last, index, count }: ResultSet): Element {
  return el(
    'set',
    RESULT_SET_NAMESPACE,
    {},
    first !== undefined && el('first', RESULT_SET_NAMESPACE, { index: index?.toString() }, first),
    last !== undefined && el('last', RESULT_SET_NAMESPACE, {}, last),
    count !== undefined && el('count', RESULT_SET_NAMESPACE, {}, String(count)),
  )
}

/** What an answer tells of its page; what is not a number is left out. */
export function readResultSet(answer: Element): ResultSet {
  const set = answer.child('set', RESULT_SET_NAMESPACE)
  const first = set?.childText('first')
  const last = set?.childText('last')
  const index = numberIn(set?.child('first')?.attribute('index'))
  const count = numberIn(set?.childText('count'))
  return {
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    ...(index === undefined ? {} : { index }),
    ...(count === undefined ? {} : { count }),
  }
}

function readCount(text: string): number {
  const count = numberIn(text)
  if (count === undefined) throw new StanzaError('bad-request', `<max/> is not a number: ${beginningOf(text, 20)}`)
  return count
}

/** XEP-0059 §4: unsigned numbers. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,40}\s*$/.test(text)
    ? Math.min(Number(text), Number.MAX_SAFE_INTEGER)
    : undefined
}
