import type { StanzaWrites } from '@parlour/server-core'
import type { Message } from '@parlour/stanza'
import { beginningOf, copyString } from '@parlour/xml'
import { readCorrection } from '../message-correction/wire.ts'
import { readRetraction } from '../message-retraction/wire.ts'
import type { PushAccount } from './account.ts'
import { isEncrypted } from './important.ts'

/** Of the text that a notification may tell. */
const MAX_BODY_LENGTH = 500

/** Of the id of a message: longer ones are passed over. */
const MAX_ID_LENGTH = 256

/** What a notification may say of a message. */
export function textOf(message: Message): string | undefined {
  return isEncrypted(message) ? undefined : copyString(beginningOf(message.body ?? '', MAX_BODY_LENGTH)) || undefined
}

/** An id that is in memory for as long as its message is unread. */
export function rememberedId(id: string | undefined): string | undefined {
  return id === undefined || id.length > MAX_ID_LENGTH ? undefined : copyString(id)
}

/**
 * Whether a message only changes one that is unread: says it anew (XEP-0308), or takes it back (XEP-0424). Nobody is woken
 * for that, nothing more is unread, and what was retracted is told no more. In rooms anybody may have the same id.
 */
export function changesUnread(
  account: PushAccount,
  message: Message,
  conversation: string,
  cause: StanzaWrites,
): boolean {
  if (message.type === 'groupchat' || message.type === 'error') return false
  const { unread, last } = account
  const isLast = (id: string) => last?.conversation === conversation && last.messageId === id
  const retracted = readRetraction(message.element)?.id
  if (retracted !== undefined) {
    unread.retracted(conversation, retracted, cause)
    if (isLast(retracted)) account.last = undefined
    return true
  }
  const corrected = readCorrection(message.element)?.id
  if (corrected === undefined || !unread.corrected(conversation, corrected, rememberedId(message.id), cause))
    return false
  if (last?.body !== undefined && isLast(corrected)) account.last = { ...last, body: textOf(message) }
  return true
}
