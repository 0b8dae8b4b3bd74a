import { type Element, escapeAttribute, escapeText, parseXml } from '@parlour/xml'
import { ErlangAtom, type ErlangTerm, ErlangTuple } from './erlang-term.ts'
import type { PublishedItem } from './pep-items.ts'
import { el } from './unchecked-element.ts'

/** A message in an archive of ejabberd's. */
export interface EjabberdMessage {
  /** Its id there: the microseconds since 1970 at which it came. */
  readonly id: string
  readonly message: Element
}

/** A node of an account (PEP), with what was published there. */
export interface EjabberdNode {
  readonly name: string
  /** Those published last come last. */
  items(): Iterable<PublishedItem>
}

/** What `export_piefxis` leaves out: what `mod_mam` and `mod_pubsub` keep, by account: localpart and domain. */
export interface EjabberdArchive extends Disposable {
  preferences(user: string, host: string): Element | undefined
  /** The oldest first. */
  messages(user: string, host: string): Iterable<EjabberdMessage>
  nodes(user: string, host: string): readonly EjabberdNode[]
}

const ARCHIVING = 'urn:xmpp:mam:2'

export const textOf = (octets: string): string => Buffer.from(octets, 'latin1').toString('utf8')

/** What is archived (XEP-0441); lists are of addresses as tuples of localpart, domain and resource. */
export function preferencesElement(chosen: string, always: ErlangTerm, never: ErlangTerm): Element {
  const list = (name: string, addresses: ErlangTerm) =>
    el(name, ARCHIVING, {}, ...addressesOf(addresses).map((jid) => el('jid', ARCHIVING, {}, jid)))
  return el('prefs', ARCHIVING, { default: chosen }, list('always', always), list('never', never))
}

function addressesOf(list: ErlangTerm): string[] {
  if (!Array.isArray(list)) return []
  return (list as readonly ErlangTerm[]).flatMap((address) => {
    const parts = address instanceof ErlangTuple ? address.elements : []
    const [user = '', server = '', resource = ''] = parts.map((part) => (typeof part === 'string' ? textOf(part) : ''))
    return server === '' ? [] : `${user && `${user}@`}${server}${resource && `/${resource}`}`
  })
}

/** A stanza as ejabberd's terms have it: `{xmlel, Name, Attributes, Children}`. @throws Error when it is none */
export function stanzaOf(term: ErlangTerm | undefined): Element {
  return messageOf(xmlOf(term))
}

/** An item's payload, a list of elements as ejabberd's terms have them, of which there is one at most. @throws Error */
export function payloadOf(term: ErlangTerm | undefined): Element | undefined {
  if (!Array.isArray(term)) throw new Error('an item whose payload is no list')
  const [first] = term as readonly ErlangTerm[]
  return first === undefined ? undefined : parseXml(xmlOf(first))
}

/** @throws XmlError */
export const messageOf = (xml: string): Element => parseXml(xml).withNamespace('', 'jabber:client')

function xmlOf(term: ErlangTerm | undefined): string {
  const [tag, name, attributes, children] = term instanceof ErlangTuple ? term.elements : []
  const kind = tag instanceof ErlangAtom ? tag.name : undefined
  if (kind === 'xmlcdata' && typeof name === 'string') return escapeText(textOf(name))
  if (kind !== 'xmlel' || typeof name !== 'string' || !Array.isArray(attributes) || !Array.isArray(children))
    throw new Error('a term that is no element')
  const content = (children as readonly ErlangTerm[]).map(xmlOf).join('')
  return `<${textOf(name)}${(attributes as readonly ErlangTerm[]).map(attributeOf).join('')}>${content}</${textOf(name)}>`
}

function attributeOf(term: ErlangTerm): string {
  const [name, value] = term instanceof ErlangTuple ? term.elements : []
  if (typeof name !== 'string' || typeof value !== 'string') throw new Error('a term that is no attribute')
  return ` ${textOf(name)}='${escapeAttribute(textOf(value))}'`
}
