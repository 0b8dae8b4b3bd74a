import type { Command } from '../commands/command.ts'
import { formValue } from '../data-forms/wire.ts'
import type { PushSummary } from './wire.ts'

/** What a notification tells: only how many messages there are, or also of whom the last one is, or also what it says. */
export const PUSH_CONTENTS = ['count', 'sender', 'body'] as const
export type PushContent = (typeof PUSH_CONTENTS)[number]

export function isPushContent(value: unknown): value is PushContent {
  return PUSH_CONTENTS.some((content) => content === value)
}

/** The lesser of what the operator and what the account allow. */
export function lesserContent(one: PushContent, other: PushContent): PushContent {
  return PUSH_CONTENTS[Math.min(PUSH_CONTENTS.indexOf(one), PUSH_CONTENTS.indexOf(other))] as PushContent
}

/** A summary that tells no more than is allowed. */
export function summaryOf(messageCount: number, last: LastMessage | undefined, content: PushContent): PushSummary {
  if (content === 'count' || !last) return { messageCount }
  const { sender, body } = last
  if (content === 'sender' || body === undefined) return { messageCount, lastMessageSender: sender }
  return { messageCount, lastMessageSender: sender, lastMessageBody: body }
}

/** A summary with how many people wait to be let see the account's presence; without messages it says no more. */
export function withRequests(summary: PushSummary, open: number): PushSummary {
  return open === 0 ? summary : { ...summary, pendingSubscriptionCount: open }
}

/** What was last received: of it a notification may tell. */
export interface LastMessage {
  readonly sender: string
  readonly conversation: string
  /** By which it may be corrected or retracted. */
  readonly messageId: string | undefined
  /** Of what is encrypted, and of what has none: undefined. */
  readonly body: string | undefined
}

/** The node of the command; not one of a specification. */
const PUSH_CONTENT_COMMAND = 'urn:parlour:push#content'

const LABELS: Readonly<Record<PushContent, string>> = {
  count: 'Only how many messages there are',
  sender: 'Also who wrote the last message',
  body: 'Also the text of the last message',
}

/**
 * The command by which an account says what its notifications may tell. XEP-0357 §9 advises against changing that
 * in-band: there is the command only where the operator allows more than a count.
 */
export function contentCommand(
  max: PushContent,
  settings: { get(account: string): Promise<PushContent>; set(account: string, content: PushContent): Promise<void> },
): Command {
  const choices = PUSH_CONTENTS.slice(0, PUSH_CONTENTS.indexOf(max) + 1)
  return {
    node: PUSH_CONTENT_COMMAND,
    name: 'What push notifications tell',
    access: 'account',
    async start({ from }) {
      const account = from.bare.toString()
      const options = choices.map((value) => ({ value, label: LABELS[value] }))
      const values = [lesserContent(max, await settings.get(account))]
      const title = 'They pass through the servers of others.'
      const fields = [{ name: 'content', type: 'list-single', label: 'Notifications tell', values, options }] as const
      return {
        status: 'executing',
        form: { type: 'form', title, fields },
        async complete(form) {
          const chosen = formValue(form, 'content')
          if (!isPushContent(chosen) || !choices.includes(chosen))
            return { status: 'completed', notes: [{ type: 'error', text: 'There is no such choice.' }] }
          await settings.set(account, chosen)
          return { status: 'completed', notes: [{ type: 'info', text: LABELS[chosen] }] }
        },
      }
    },
  }
}
