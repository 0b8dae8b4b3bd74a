import { readDelay } from '@parlour/extensions/delay'
import type { Message, Presence } from '@parlour/stanza'

/** One line of `listen --json`. Members without a value are left out. */
export type StanzaRecord = Readonly<Record<string, string | number | undefined>>

/** A message for programs. `time` is when it was sent if the server says so (XEP-0203), otherwise when it came. */
export function messageRecord(message: Message, now: number): StanzaRecord {
  const { id, from, to, type, body, subject, thread, error } = message
  return {
    event: 'message',
    time: new Date(timeOf(message, now)).toISOString(),
    ...{ id, from: from?.toString(), to: to?.toString(), type, subject, body, thread },
    error: error?.condition,
    errorText: error?.text,
  }
}

/** Presence for programs. */
export function presenceRecord(presence: Presence, now: number): StanzaRecord {
  const { id, from, to, type, show, status, priority, error } = presence
  return {
    event: 'presence',
    time: new Date(timeOf(presence, now)).toISOString(),
    ...{ id, from: from?.toString(), to: to?.toString(), type: type ?? 'available', show, status },
    priority: type === undefined ? priority : undefined,
    error: error?.condition,
    errorText: error?.text,
  }
}

/** Milliseconds since the epoch. */
export function timeOf({ element }: Message | Presence, now: number): number {
  return readDelay(element)?.stamp ?? now
}
