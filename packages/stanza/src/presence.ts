import type { Element } from '@parlour/xml'
import { StanzaError } from './stanza-error.ts'
import { StanzaView } from './view.ts'

/** RFC 6121 §4.7.1; no type means available. */
export type PresenceType =
  | 'unavailable'
  | 'subscribe'
  | 'subscribed'
  | 'unsubscribe'
  | 'unsubscribed'
  | 'probe'
  | 'error'

/** RFC 6121 §4.7.2.1. */
export type Show = 'away' | 'chat' | 'dnd' | 'xa'

const TYPES: ReadonlySet<string> = new Set<PresenceType>([
  'unavailable',
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
  'probe',
  'error',
])
const SHOWS: ReadonlySet<string> = new Set<Show>(['away', 'chat', 'dnd', 'xa'])
const INTEGER = /^\s*[+-]?\d{1,9}\s*$/

/** Presence: availability and subscriptions (RFC 6120 §8.2.2, RFC 6121 §3 and §4). */
export class Presence extends StanzaView {
  readonly kind = 'presence'
  /** `undefined`: available. */
  readonly type: PresenceType | undefined

  /** @throws {StanzaError} `bad-request` for an unknown type (RFC 6121 §4.7.1), `jid-malformed` */
  constructor(element: Element) {
    super(element)
    const type = element.attribute('type')
    if (type !== undefined && !TYPES.has(type)) throw new StanzaError('bad-request', 'unknown type of presence')
    this.type = type as PresenceType | undefined
  }

  /** -128 to 127; 0 when missing or not such a number (RFC 6121 §4.7.2.3). */
  get priority(): number {
    const text = this.element.childText('priority')
    if (text === undefined || !INTEGER.test(text)) return 0
    const priority = Number(text)
    return priority >= -128 && priority <= 127 ? priority : 0
  }

  /** Kind of availability; `undefined` when plainly available or when the word is unknown (RFC 6121 §4.7.2.1). */
  get show(): Show | undefined {
    const show = this.element.childText('show')?.trim()
    return show !== undefined && SHOWS.has(show) ? (show as Show) : undefined
  }

  /** Description for people, of the first `<status/>` (RFC 6121 §4.7.2.2). */
  get status(): string | undefined {
    return this.element.childText('status')
  }

  /** All descriptions by language, `''` where none is given (RFC 6121 §4.7.2.2). */
  get statuses(): ReadonlyMap<string, string> {
    return this.textsByLanguage('status')
  }
}
