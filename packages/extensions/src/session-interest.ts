import type { ClientSession } from '@parlour/server-core'

/** A session has asked for something, and from now on hears of its changes; also when it is resumed after a restart (XEP-0198 §5). */
export function noteInterest(session: ClientSession, name: string): void {
  if (!session.remembered.has(name)) session.remember(name, true)
}
