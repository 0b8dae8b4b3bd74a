import { errorReply, type Iq, isStanza, readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { ClientCounters } from './client.ts'
import type { IqHandlers } from './iq-handlers.ts'
import type { IqRequests } from './iq-requests.ts'
import type { Listeners } from './listeners.ts'

/** What received stanzas go through. */
export interface Inbound {
  readonly requests: IqRequests
  readonly handlers: IqHandlers
  readonly stanzas: Listeners<Stanza>
  readonly counters: ClientCounters
  /** Sends, or does nothing while there is no stream. */
  reply(element: Element): void
}

const CLIENT_CONTENT = 'jabber:client'

/** Takes a first-level element of an established stream to whom it concerns. */
export function receive(element: Element, inbound: Inbound): void {
  if (element.namespace !== CLIENT_CONTENT || !isStanza(element)) {
    inbound.counters.unknownElements++
    return
  }
  let stanza: Stanza
  try {
    stanza = readStanza(element)
  } catch (error) {
    refuse(element, error, inbound)
    return
  }
  if (stanza.kind === 'iq') receiveIq(stanza, inbound)
  inbound.stanzas.emit(stanza)
}

function receiveIq(stanza: Iq, inbound: Inbound): void {
  const { requests, handlers, counters } = inbound
  if (stanza.type === 'get' || stanza.type === 'set') {
    handlers.answer(stanza, (reply) => reply && inbound.reply(reply))
    return
  }
  const fate = requests.receive(stanza)
  if (fate === 'late') counters.lateReplies++
  else if (fate === 'spoofed') counters.spoofedReplies++
}

/** A request that breaks the rules is answered all the same (RFC 6120 §8.2.3), unless it is unclear to whom. */
function refuse(element: Element, error: unknown, inbound: Inbound): void {
  inbound.counters.malformedStanzas++
  const { type } = element.attributes
  const answerable = element.name === 'iq' && (type === 'get' || type === 'set') && element.attributes.id !== undefined
  if (!answerable || !(error instanceof StanzaError) || error.condition === 'jid-malformed') return
  const reply = errorReply(element, error)
  if (reply) inbound.reply(reply)
}
