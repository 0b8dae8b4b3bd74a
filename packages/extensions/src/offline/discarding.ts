import { type ClientSession, defineService, type Service } from '@parlour/server-core'
import { type Element, XmlError } from '@parlour/xml'
import type { Mailbox } from './mailbox.ts'

/** Which of these messages are kept elsewhere too, each at its place; nothing is removed but those. */
export type KeptElsewhere = (messages: readonly Element[]) => Promise<readonly boolean[]>

/** What other modules may do with the messages that wait for an account. */
export interface WaitingMessages {
  /** Removes those that the account of this session finds elsewhere, without sending them; durable when it resolves. */
  discard(session: ClientSession, isKept: KeptElsewhere): Promise<void>
}

/** The messages that wait for accounts. */
export const waitingMessages: Service<WaitingMessages> = defineService('waiting-messages')

/** Page by page; what cannot be read stays. */
export async function discardKept(
  mailbox: Mailbox,
  isKept: KeptElsewhere,
  parse: (text: string) => Element,
): Promise<void> {
  let after: string | undefined
  let left = 0
  for (;;) {
    await mailbox.settled()
    const { entries, complete, last } = await mailbox.read(after)
    const messages = entries.flatMap((entry) => {
      const message = readable(() => parse(entry.value as string))
      return message ? [{ entry, message }] : []
    })
    const kept = messages.length > 0 ? await isKept(messages.map(({ message }) => message)) : []
    const gone = messages.flatMap(({ entry }, at) => (kept[at] ? [entry] : []))
    await mailbox.remove(gone)
    left += entries.length - gone.length
    if (complete) break
    after = last ?? after
  }
  if (left === 0) mailbox.emptied()
}

function readable(parse: () => Element): Element | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof XmlError) return undefined
    throw error
  }
}
