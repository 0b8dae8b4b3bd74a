/** XEP-0227: Portable Import/Export Format for XMPP-IM Servers, version 1.1. */
import { type Element, el } from '@parlour/xml'
import type { ElementName } from './portable-event.ts'

/** The namespace of `<server-data/>`, `<host/>`, `<user/>` and `<offline-messages/>`. */
export const PORTABLE_DATA_NAMESPACE = 'urn:xmpp:pie:0'
/** Of `<scram-credentials/>` (XEP-0227 §4.3). */
export const PORTABLE_SCRAM_NAMESPACE = 'urn:xmpp:pie:0#scram'
/** Of `<archive/>` (XEP-0227 §4.11). */
export const PORTABLE_ARCHIVE_NAMESPACE = 'urn:xmpp:pie:0#mam'
/** Of `<include/>` (XInclude 1.0). */
export const XINCLUDE_NAMESPACE = 'http://www.w3.org/2001/XInclude'

/** `<offline-messages/>`, whose children are messages, the oldest first (XEP-0227 §4.5). */
export const OFFLINE_MESSAGES: ElementName = { name: 'offline-messages', namespace: PORTABLE_DATA_NAMESPACE }
/** `<archive/>`, whose children are `<result/>` elements of XEP-0313, the oldest first (XEP-0227 §4.11). */
export const MESSAGE_ARCHIVE: ElementName = { name: 'archive', namespace: PORTABLE_ARCHIVE_NAMESPACE }
/** The roster, whose children are its items (XEP-0227 §4.4). */
export const ROSTER: ElementName = { name: 'query', namespace: 'jabber:iq:roster' }
/** Private XML, whose children are what is stored (XEP-0227 §4.6). */
export const PRIVATE_XML: ElementName = { name: 'query', namespace: 'jabber:iq:private' }

/** Children of `<user/>` that may be of any size: the reader gives their children one by one, with `within`. */
export const CONTAINERS: readonly ElementName[] = [
  OFFLINE_MESSAGES,
  MESSAGE_ARCHIVE,
  ROSTER,
  PRIVATE_XML,
  { name: 'pubsub', namespace: 'http://jabber.org/protocol/pubsub' },
  { name: 'pubsub', namespace: 'http://jabber.org/protocol/pubsub#owner' },
  { name: 'blocklist', namespace: 'urn:xmpp:blocking' },
]

/** The verifier of a password (XEP-0227 §4.3, RFC 5802 §3); octets in base 64. */
export interface PortableCredentials {
  /** As registered, without `-PLUS`: `SCRAM-SHA-1`. */
  readonly mechanism: string
  readonly iterations: number
  readonly salt: string
  readonly serverKey: string
  readonly storedKey: string
}

/** `<scram-credentials/>` (XEP-0227 §4.3). */
export function scramCredentialsElement(credentials: PortableCredentials): Element {
  const { mechanism, iterations, salt, serverKey, storedKey } = credentials
  const child = (name: string, text: string) => el(name, PORTABLE_SCRAM_NAMESPACE, {}, text)
  return el(
    'scram-credentials',
    PORTABLE_SCRAM_NAMESPACE,
    { mechanism },
    child('iter-count', String(iterations)),
    child('salt', salt),
    child('server-key', serverKey),
    child('stored-key', storedKey),
  )
}

const BASE_64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** RFC 5802 §5.1 bounds nothing: what nobody's server would wait for is no count. */
const MAX_ITERATIONS = 100_000_000

/** What `<scram-credentials/>` says; `undefined` when a child is missing, repeated or not what it has to be (XEP-0227 §4.3). */
export function readScramCredentials(element: Element): PortableCredentials | undefined {
  const mechanism = element.attribute('mechanism')
  const count = childText(element, 'iter-count') ?? ''
  const salt = octets(element, 'salt')
  const serverKey = octets(element, 'server-key')
  const storedKey = octets(element, 'stored-key')
  const iterations = /^[1-9][0-9]*$/.test(count) ? Number(count) : Number.POSITIVE_INFINITY
  if (!mechanism || iterations > MAX_ITERATIONS || !salt || !serverKey || !storedKey) return undefined
  return { mechanism, iterations, salt, serverKey, storedKey }
}

function childText(element: Element, name: string): string | undefined {
  const found = element.childrenNamed(name, PORTABLE_SCRAM_NAMESPACE)
  return found.length === 1 ? found[0]?.text().trim() : undefined
}

function octets(element: Element, name: string): string | undefined {
  const text = childText(element, name)?.replace(/\s+/g, '')
  return text !== undefined && BASE_64.test(text) ? text : undefined
}
