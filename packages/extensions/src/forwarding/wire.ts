/** XEP-0297: Stanza Forwarding, version 1.0. */
import { CLIENT_NAMESPACE, isStanza } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { type Delay, delayElement, readDelay } from '../delay/wire.ts'

export const FORWARDING_NAMESPACE = 'urn:xmpp:forward:0'

/** A stanza inside another one (XEP-0297 §3.1). */
export interface Forwarded {
  /** As it was; who forwards it vouches for it, nobody else (XEP-0297 §7). */
  readonly stanza: Element
  /** When it was first received, if the forwarding entity says so. */
  readonly delay?: Delay
}

export function forwardedElement({ stanza, delay }: Forwarded): Element {
  return el('forwarded', FORWARDING_NAMESPACE, {}, delay && delayElement(delay), stanza)
}

/** What stands forwarded in an element of another protocol; `undefined` without exactly one stanza (XEP-0297 §8). */
export function readForwarded(parent: Element): Forwarded | undefined {
  const forwarded = parent.child('forwarded', FORWARDING_NAMESPACE)
  const stanzas = forwarded?.elements().filter((each) => each.namespace === CLIENT_NAMESPACE && isStanza(each)) ?? []
  const [stanza] = stanzas
  if (!forwarded || !stanza || stanzas.length > 1) return undefined
  const delay = readDelay(forwarded)
  return delay ? { stanza, delay } : { stanza }
}
