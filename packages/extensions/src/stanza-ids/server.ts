/** XEP-0359: Unique and Stable Stanza IDs, version 0.7.0: nobody else gives ids in the name of an account. */
import { defineServerModule, defineService, type Service, type StanzaEvent } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { STANZA_IDS_NAMESPACE, withoutStanzaIdsBy } from './wire.ts'

/** Under which ids the accounts' archives have what they send: for copies to their other devices only (XEP-0313 §3.5). */
export interface SentMessageIds {
  /** @param message as it was sent */
  of(message: Element): string | undefined
}

/** Provided by who archives what accounts send. */
export const sentMessageIds: Service<SentMessageIds> = defineService('sent-message-ids')

/**
 * Takes out what pretends to be an id of an account here: on messages that its clients send, and on those it receives.
 * The ids themselves are given by who archives, with `withStanzaId`, in a `rewrite` handler with
 * `after: ['stanza-ids']`.
 */
export const stanzaIdsServer = defineServerModule({
  name: 'stanza-ids',
  implements: [{ xep: 359, version: '0.7.0' }],
  setup: (host) => [host.discovery.advertise(STANZA_IDS_NAMESPACE, 'server', 'account'), host.on('rewrite', clean)],
})

/** §3, rule 2: "MUST delete that element even if they are not adding their own stanza ID". */
function clean(event: StanzaEvent): undefined {
  const { stanza, direction } = event
  if (stanza.kind !== 'message') return
  const account = (direction === 'outbound' ? stanza.from : stanza.to)?.bare
  if (!account) return
  const cleaned = withoutStanzaIdsBy(stanza.element, account)
  if (cleaned !== stanza.element) event.stanza = new Message(cleaned, stanza)
}
