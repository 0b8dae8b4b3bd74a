/** XEP-0203: Delayed Delivery, version 2.0. */
import { isJid, parseJid } from '@parlour/jid'
import { type Element, el } from '@parlour/xml'
import { dateTime, readDateTime } from '../date-time/wire.ts'

export const DELAY_NAMESPACE = 'urn:xmpp:delay'

/** When, by whom and why a stanza was delayed (XEP-0203 §2). */
export interface Delay {
  /** When the stanza was first sent; milliseconds since 1970. */
  readonly stamp: number
  /** The address of who sent it or delayed it. */
  readonly from?: string
  /** For people to read. */
  readonly reason?: string
}

/** `<delay/>`, for a message or presence (XEP-0203 §2): the stamp is in UTC. */
export function delayElement({ stamp, from, reason }: Delay): Element {
  return el('delay', DELAY_NAMESPACE, { from, stamp: dateTime(stamp) }, reason)
}

/**
 * The delay that a stanza tells of. With several, the one that `by` added, or else the first; anybody may have forged it
 * (XEP-0203 §5). One with an invalid stamp does not count.
 */
export function readDelay(stanza: Element, by?: string): Delay | undefined {
  const delays = stanza.childrenNamed('delay', DELAY_NAMESPACE).flatMap((element): Delay[] => {
    const stamp = readDateTime(element.attribute('stamp') ?? '')
    const from = element.attribute('from')
    const reason = element.text()
    if (stamp === undefined) return []
    return [{ stamp, ...(from === undefined ? {} : { from }), ...(reason === '' ? {} : { reason }) }]
  })
  return delays.find(({ from }) => by !== undefined && from === by) ?? (by === undefined ? delays[0] : undefined)
}

/** The stanza without the delays that claim to be `by`'s, however that is written (XEP-0203 §5); the same object where there is none. */
export function withoutDelaysBy(stanza: Element, by: string): Element {
  for (const node of stanza.children) if (isForged(node, by)) return withoutForged(stanza, by)
  return stanza
}

const withoutForged = (stanza: Element, by: string): Element =>
  stanza.withChildren(stanza.children.filter((node) => !isForged(node, by)))

const isForged = (node: Element | string, by: string): boolean =>
  typeof node !== 'string' && node.is('delay', DELAY_NAMESPACE) && isSameAddress(node.attribute('from'), by)

function isSameAddress(text: string | undefined, address: string): boolean {
  return text === address || (text !== undefined && isJid(text) && parseJid(text).toString() === address)
}
