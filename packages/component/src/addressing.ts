import type { Addressing } from '@parlour/client-core'
import { isJid, type Jid, parseJid } from '@parlour/jid'
import type { Element } from '@parlour/xml'

/** XEP-0114 §3: every stanza has both addresses, and `from` may be any of the component's domain. */
export function componentAddressing(component: Jid): Addressing {
  const address = component.toString()
  return {
    complete(stanza: Element) {
      const { from, to } = stanza.attributes
      if (!to) return new RangeError('a component says whom a stanza is to (XEP-0114 §3)')
      if (from === undefined) return stanza.withAttributes({ from: address })
      const isOurs = isJid(from) && parseJid(from).domain === component.domain
      return isOurs ? stanza : new RangeError(`${from} is no address of ${address} (XEP-0114 §3)`)
    },
    mayAnswer: (reply, { from = component, to }) =>
      to !== undefined && reply.from?.equals(to) === true && reply.to?.equals(from) === true,
    // The server hands it back, and that is an answer.
    pinged: () => address,
  }
}
