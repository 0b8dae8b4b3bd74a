import type { LastMessage, PushContent } from './content.ts'
import type { Target } from './target.ts'
import type { Unread } from './unread.ts'

/** An account, as far as notifications go. */
export interface PushAccount {
  /** The bare JID. */
  readonly address: string
  /** By the key of their registration. */
  readonly targets: Map<string, Target>
  readonly unread: Unread
  /** What the account allows to be told. */
  content: PushContent
  last: LastMessage | undefined
  /** Subscription requests that wait for an answer, as far as is known. */
  requests: number
}
