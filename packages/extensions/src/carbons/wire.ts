/** XEP-0280: Message Carbons, version 1.0.1. */
import type { Jid } from '@parlour/jid'
import { CLIENT_NAMESPACE, Message, StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { forwardedElement, readForwarded } from '../forwarding/wire.ts'

export const CARBONS_NAMESPACE = 'urn:xmpp:carbons:2'

/** Says that the rules of XEP-0280 §6.1 are kept to the letter (§6.2). */
export const CARBONS_RULES_FEATURE = 'urn:xmpp:carbons:rules:0'

/** Whether one's own account sent the message by another of its clients, or another of its clients received it. */
export type CarbonDirection = 'sent' | 'received'

/** A copy of a message that another client of the same account sent or received. */
export interface Carbon {
  readonly direction: CarbonDirection
  /** The message that was copied. */
  readonly message: Message
}

/** The payload of the request that turns copies to this client on or off (XEP-0280 §4, §5). */
export function carbonsRequest(change: 'enable' | 'disable'): Element {
  return el(change, CARBONS_NAMESPACE)
}

/** Keeps a message from being copied; together with the hint `no-copy` (XEP-0280 §9). */
export function privateElement(): Element {
  return el('private', CARBONS_NAMESPACE)
}

/**
 * The message that carries a copy, of the same type, from the account itself (XEP-0280 §7, §8). It has no `to` yet: add
 * that with `withAttributes`, and all copies are serialized once.
 */
export function carbonElement({ direction, message }: Carbon, account: Jid | string): Element {
  const copy = el(direction, CARBONS_NAMESPACE, {}, forwardedElement({ stanza: message.element }))
  const type = message.element.attribute('type')
  return el('message', CLIENT_NAMESPACE, { from: account.toString(), type }, copy)
}

/**
 * The copy that a message brings. `undefined` unless it comes from `account` itself, by its bare JID: anybody can write
 * such an element, and "any copies that do not meet this requirement MUST be ignored" (XEP-0280 §11, CVE-2017-5589).
 */
export function readCarbon(message: Message, account: Jid): Carbon | undefined {
  if (!message.from?.equals(account.bare)) return undefined
  for (const direction of ['sent', 'received'] as const) {
    const wrapper = message.element.child(direction, CARBONS_NAMESPACE)
    if (wrapper) return readCopy(direction, wrapper)
  }
  return undefined
}

function readCopy(direction: CarbonDirection, wrapper: Element): Carbon | undefined {
  const stanza = readForwarded(wrapper)?.stanza
  if (stanza?.name !== 'message') return undefined
  try {
    return { direction, message: new Message(stanza) }
  } catch (error) {
    if (error instanceof StanzaError) return undefined
    throw error
  }
}
