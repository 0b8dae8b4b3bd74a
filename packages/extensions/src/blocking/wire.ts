/** XEP-0191: Blocking Command, version 1.3. */
import { type Jid, JidError, parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'

export const BLOCKING_NAMESPACE = 'urn:xmpp:blocking'
/** Of `<blocked/>` in the error that answers what is sent to a blocked address (XEP-0191 §3.3). */
export const BLOCKING_ERRORS_NAMESPACE = 'urn:xmpp:blocking:errors'

/** Asks for the addresses that are blocked (XEP-0191 §3.2). */
export function blocklistRequest(): Element {
  return el('blocklist', BLOCKING_NAMESPACE)
}

/** The addresses that are blocked (XEP-0191 §3.2). */
export function blocklistElement(addresses: Iterable<Jid | string>): Element {
  return el('blocklist', BLOCKING_NAMESPACE, {}, ...items(addresses))
}

/** Blocks addresses, or tells of it (XEP-0191 §3.3). */
export function blockElement(addresses: Iterable<Jid | string>): Element {
  return el('block', BLOCKING_NAMESPACE, {}, ...items(addresses))
}

/** Unblocks addresses, or tells of it; without any: all (XEP-0191 §3.4, §3.5). */
export function unblockElement(addresses: Iterable<Jid | string> = []): Element {
  return el('unblock', BLOCKING_NAMESPACE, {}, ...items(addresses))
}

/**
 * The addresses in any of these elements, each once, in order.
 *
 * @throws StanzaError `bad-request` for an item without address, `jid-malformed` for one that is none
 */
export function readBlockItems(element: Element): Jid[] {
  const addresses = element.childrenNamed('item', BLOCKING_NAMESPACE).map(readItem)
  return [...new Map(addresses.map((jid) => [jid.toString(), jid])).values()]
}

/** The error that answers what is sent to an address that the sender has blocked (XEP-0191 §3.3). */
export function blockedError(): StanzaError {
  const application = el('blocked', BLOCKING_ERRORS_NAMESPACE)
  return new StanzaError('not-acceptable', undefined, { type: 'cancel', application })
}

/** Whether an error says that its sender has blocked the address it wrote to (XEP-0191 §3.3). */
export function isBlockedError(error: unknown): boolean {
  return error instanceof StanzaError && error.application?.is('blocked', BLOCKING_ERRORS_NAMESPACE) === true
}

/** Whether one of the blocked addresses is this one, its bare address or its domain (XEP-0191 §6). */
export function matchesBlocked(blocked: Pick<ReadonlySet<string>, 'has'>, jid: Jid): boolean {
  return blocked.has(jid.toString()) || blocked.has(jid.bare.toString()) || blocked.has(jid.domain)
}

function* items(addresses: Iterable<Jid | string>): Generator<Element> {
  for (const jid of addresses) yield el('item', BLOCKING_NAMESPACE, { jid: jid.toString() })
}

function readItem(item: Element): Jid {
  const jid = item.attribute('jid')
  if (jid === undefined) throw new StanzaError('bad-request', 'an item needs an address')
  try {
    return parseJid(jid)
  } catch (error) {
    if (error instanceof JidError) throw new StanzaError('jid-malformed', error.message, { cause: error })
    throw error
  }
}
