import type { Jid } from '@parlour/jid'
import { type Element, el, type XmlNode } from '@parlour/xml'
import type { IqType } from './iq.ts'
import type { MessageType } from './message.ts'
import { CLIENT_NAMESPACE } from './namespaces.ts'
import type { PresenceType, Show } from './presence.ts'

/** Attributes common to all stanzas (RFC 6120 §8.1). */
export interface StanzaFields {
  readonly to?: Jid | string | undefined
  readonly from?: Jid | string | undefined
  readonly id?: string | undefined
  readonly lang?: string | undefined
  /** Content namespace; default `jabber:client`. */
  readonly namespace?: string | undefined
  /** Further children, after those that have a field of their own. */
  readonly children?: readonly (XmlNode | undefined | false)[] | undefined
}

/** RFC 6121 §5.2. */
export interface MessageFields extends StanzaFields {
  /** `normal`, the default, is left out. */
  readonly type?: MessageType | undefined
  readonly body?: string | undefined
  readonly subject?: string | undefined
  readonly thread?: string | undefined
  readonly threadParent?: string | undefined
}

/** RFC 6121 §4.7. */
export interface PresenceFields extends StanzaFields {
  readonly type?: PresenceType | undefined
  readonly show?: Show | undefined
  readonly status?: string | undefined
  /** Integer from -128 to 127; 0, the default, is left out. */
  readonly priority?: number | undefined
}

/** RFC 6120 §8.2.3: an IQ always has id and type. */
export interface IqFields extends Omit<StanzaFields, 'children' | 'id'> {
  readonly id: string
  readonly type: IqType
  readonly payload?: Element | undefined
}

/**
 * Builds a message (RFC 6121 §5.2).
 *
 * @throws {XmlError} `illegal-character`
 * @example message({ to: 'romeo@example.net', type: 'chat', body: 'Art thou not Romeo?' })
 */
export function message(fields: MessageFields): Element {
  const { namespace = CLIENT_NAMESPACE, type, subject, body, thread, threadParent, children = [] } = fields
  return el(
    'message',
    namespace,
    attributes(fields, type === 'normal' ? undefined : type),
    textChild('subject', namespace, subject),
    textChild('body', namespace, body),
    thread !== undefined && el('thread', namespace, { parent: threadParent }, thread),
    ...children,
  )
}

/**
 * Builds presence (RFC 6121 §4.7).
 *
 * @throws {RangeError} for a priority that is no integer from -128 to 127
 * @throws {XmlError} `illegal-character`
 */
export function presence(fields: PresenceFields = {}): Element {
  const { namespace = CLIENT_NAMESPACE, type, show, status, priority = 0, children = [] } = fields
  if (!Number.isInteger(priority) || priority < -128 || priority > 127) {
    throw new RangeError('priority is an integer from -128 to 127 (RFC 6121 §4.7.2.3)')
  }
  return el(
    'presence',
    namespace,
    attributes(fields, type),
    textChild('show', namespace, show),
    textChild('status', namespace, status),
    priority !== 0 && el('priority', namespace, {}, String(priority)),
    ...children,
  )
}

/**
 * Builds an IQ (RFC 6120 §8.2.3).
 *
 * @throws {RangeError} for a request without a payload
 * @throws {XmlError} `illegal-character`
 */
export function iq(fields: IqFields): Element {
  const { namespace = CLIENT_NAMESPACE, type, payload } = fields
  if (payload === undefined && (type === 'get' || type === 'set')) {
    throw new RangeError('a request has exactly one child element (RFC 6120 §8.2.3)')
  }
  return el('iq', namespace, attributes(fields, type), payload)
}

function attributes(fields: StanzaFields, type: string | undefined): Record<string, string | undefined> {
  const { from, to, id, lang } = fields
  return { from: from?.toString(), to: to?.toString(), id, type, 'xml:lang': lang }
}

function textChild(name: string, namespace: string, text: string | undefined): Element | undefined {
  return text === undefined ? undefined : el(name, namespace, {}, text)
}
