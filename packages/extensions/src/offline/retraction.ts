import type { ModuleHost, OfflineEvent, StanzaEvent } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import { DELAY_NAMESPACE } from '../delay/wire.ts'
import {
  isCorrectionRetractedBy,
  isRetractedBy,
  readRetracted,
  readRetraction,
  tombstone,
} from '../message-retraction/wire.ts'
import { MAILBOX_ARCHIVE, type MailboxLimits } from './mailbox.ts'

const PAGE = 100

/**
 * Hooks `archive`, and `offline` for what a session has left: of a message that is retracted while it waits for its
 * receiver a tombstone is left, with its place and time (XEP-0424 §4). It was stored before its retraction.
 */
export function retractStored(host: ModuleHost<MailboxLimits>): (event: StanzaEvent | OfflineEvent) => undefined {
  return (event) => {
    const { stanza } = event
    if (stanza.kind !== 'message' || !stanza.to || !readRetraction(stanza.element)) return
    const owner = stanza.to.bare.toString()
    event.store([], (failure) => {
      if (failure !== undefined) return
      retract(host, owner, stanza).catch((error: unknown) =>
        host.log.error({ error }, 'a message could not be retracted; it stays stored'),
      )
    })
  }
}

async function retract(host: ModuleHost<MailboxLimits>, owner: string, request: Message): Promise<void> {
  let after: string | undefined
  for (;;) {
    const { entries, complete } = await host.archive.read(MAILBOX_ARCHIVE, owner, { after, max: PAGE })
    for (const { id, value } of entries) {
      const left = tombstoneOf(parseXml(value as string, WRITTEN_PARSER_LIMITS), request, host.now())
      if (left) await host.commit([host.archive.replace(MAILBOX_ARCHIVE, owner, id, left.toString())])
    }
    if (complete) return
    after = entries.at(-1)?.id
  }
}

function tombstoneOf(original: Element, request: Message, stamp: number): Element | undefined {
  const message = new Message(original)
  const isMeant = isRetractedBy(message, request) || isCorrectionRetractedBy(message, request)
  if (readRetracted(original) || !isMeant) return undefined
  const left = tombstone(original, { id: request.id ?? '', stamp })
  return left.withChildren([...left.children, ...original.childrenNamed('delay', DELAY_NAMESPACE)])
}
