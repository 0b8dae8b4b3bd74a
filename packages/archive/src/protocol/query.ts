/** XEP-0313 §4: queries of an archive, and the form they are made of; XEP-0431: full-text search. */
import {
  DATA_FORM_NAMESPACE,
  type DataForm,
  dataFormElement,
  type FormField,
  findDataForm,
} from '@parlour/extensions/data-forms'
import { dateTime, readDateTime } from '@parlour/extensions/date-time'
import { type Jid, parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { beginningOf, type Element, el } from '@parlour/xml'
import { ARCHIVE_NAMESPACE, FULLTEXT_FIELD } from './namespaces.ts'
import { type PageRequest, pageRequestElement, readPageRequest } from './result-set.ts'

/** Which messages of an archive; all conditions hold together (XEP-0313 §4.1). */
export interface ArchiveFilter {
  /** Exchanged with this address; a bare one stands for all of its resources (XEP-0313 §4.1.1). */
  readonly with?: Jid
  /** At this time or later; milliseconds since 1970 (XEP-0313 §4.1.2). */
  readonly start?: number
  /** At this time or earlier; milliseconds since 1970. */
  readonly end?: number
  /** Before the message with this id (XEP-0313 §4.1.3; `urn:xmpp:mam:2#extended`). */
  readonly beforeId?: string
  /** After the message with this id. */
  readonly afterId?: string
  /** Those with these ids. */
  readonly ids?: readonly string[]
  /** Those with these words (XEP-0431). */
  readonly text?: string
}

/** A query (XEP-0313 §4). */
export interface ArchiveQueryRequest {
  /** Tells its results from those of another query. */
  readonly queryId?: string
  readonly filter: ArchiveFilter
  readonly page: PageRequest
  /** The newest message of the page first (XEP-0313 §4.3.4). */
  readonly isFlipped: boolean
}

type Reader = (values: readonly string[]) => Partial<ArchiveFilter>

/** The fields of the form: what each means. */
const FIELDS: Readonly<Record<string, Reader>> = {
  with: ([value = '']) => ({ with: readAddress(value) }),
  start: ([value = '']) => ({ start: readTime(value) }),
  end: ([value = '']) => ({ end: readTime(value) }),
  'before-id': ([value = '']) => ({ beforeId: value }),
  'after-id': ([value = '']) => ({ afterId: value }),
  ids: (values) => ({ ids: values }),
  // Messages of rooms are in the archives of rooms: with them or without is the same here.
  'include-groupchat': () => ({}),
  // XEP-0431 §3: "if non-empty".
  [FULLTEXT_FIELD]: ([value = '']) => (value.trim() === '' ? {} : { text: value }),
}

/** `<query/>`: asks for a page of what a filter selects. */
export function queryElement({ queryId, filter, page, isFlipped }: ArchiveQueryRequest): Element {
  const fields = filterFields(filter)
  const form: DataForm = { type: 'submit', formType: ARCHIVE_NAMESPACE, fields }
  return el(
    'query',
    ARCHIVE_NAMESPACE,
    { queryid: queryId },
    fields.length > 0 && dataFormElement(form),
    Object.keys(page).length > 0 && pageRequestElement(page),
    isFlipped && el('flip-page', ARCHIVE_NAMESPACE),
  )
}

/**
 * Reads `<query/>`.
 *
 * @throws StanzaError `bad-request` for what cannot be read; `feature-not-implemented` for a field that is not known
 * (XEP-0313 §4.1.5); `item-not-found` for the archive of a node (XEP-0313 §6.3)
 */
export function readQuery(query: Element): ArchiveQueryRequest {
  const queryId = query.attribute('queryid')
  if (query.attribute('node') !== undefined)
    throw new StanzaError('item-not-found', 'this archive is one of messages, not of a node (XEP-0442)')
  return {
    ...(queryId === undefined ? {} : { queryId }),
    filter: readFilter(findDataForm(query)),
    page: readPageRequest(query),
    isFlipped: query.child('flip-page') !== undefined,
  }
}

/** The form that tells which fields an archive knows (XEP-0313 §4.1.5). @param searchable whether it can be searched for text */
export function queryFormElement(searchable: boolean): Element {
  const field = (type: string, name: string, ...children: Element[]) =>
    el('field', DATA_FORM_NAMESPACE, { type, var: name }, ...children)
  const validate = el(
    'validate',
    'http://jabber.org/protocol/xdata-validate',
    { datatype: 'xs:string' },
    el('open', 'http://jabber.org/protocol/xdata-validate'),
  )
  const form = el(
    'x',
    DATA_FORM_NAMESPACE,
    { type: 'form' },
    field('hidden', 'FORM_TYPE', el('value', DATA_FORM_NAMESPACE, {}, ARCHIVE_NAMESPACE)),
    field('jid-single', 'with'),
    ...['start', 'end', 'before-id', 'after-id'].map((name) => field('text-single', name)),
    field('list-multi', 'ids', validate),
    field('boolean', 'include-groupchat'),
    searchable && field('text-single', FULLTEXT_FIELD),
  )
  return el('query', ARCHIVE_NAMESPACE, {}, form)
}

function filterFields(filter: ArchiveFilter): FormField[] {
  const values: readonly (readonly [name: string, values: readonly string[] | undefined])[] = [
    ['with', filter.with && [filter.with.toString()]],
    ['start', filter.start === undefined ? undefined : [dateTime(filter.start)]],
    ['end', filter.end === undefined ? undefined : [dateTime(filter.end)]],
    ['before-id', filter.beforeId === undefined ? undefined : [filter.beforeId]],
    ['after-id', filter.afterId === undefined ? undefined : [filter.afterId]],
    ['ids', filter.ids],
    [FULLTEXT_FIELD, filter.text === undefined ? undefined : [filter.text]],
  ]
  return values.flatMap(([name, texts]) => (texts === undefined ? [] : [{ name, values: texts }]))
}

function readFilter(form: DataForm | undefined): ArchiveFilter {
  if (!form) return {}
  if (form.formType !== undefined && form.formType !== ARCHIVE_NAMESPACE)
    throw new StanzaError('bad-request', `the FORM_TYPE is not ${ARCHIVE_NAMESPACE}`)
  const read = form.fields.map(({ name = '', values = [] }) => {
    if (!Object.hasOwn(FIELDS, name))
      throw new StanzaError('feature-not-implemented', `the field ${beginningOf(name, 100)} is not known`)
    return FIELDS[name]?.(values)
  })
  return Object.assign({}, ...read)
}

function readAddress(text: string): Jid {
  try {
    return parseJid(text)
  } catch (cause) {
    throw new StanzaError('bad-request', "'with' is not an address", { cause })
  }
}

function readTime(text: string): number {
  const at = readDateTime(text)
  if (at === undefined) throw new StanzaError('bad-request', 'a time is not as XEP-0082 has it')
  return at
}
