import type { Jid } from '@parlour/jid'
import type { AuthenticationOffer, AuthenticationSuccess, SaslCondition } from '@parlour/sasl'
import type { EnableGrant } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import type { InitiatorStream } from './initiator-stream.ts'
import type { InlineOffer } from './sasl2-inline.ts'

/** What came of binding along with authentication. */
export interface Bound {
  /** The full JID. */
  readonly jid: Jid
  /** Stream management, where it was enabled. */
  readonly enabled: EnableGrant | undefined
  /** The features that were asked for along with it, by their `var`. */
  readonly features: readonly string[]
}

interface Exchange {
  readonly stream: InitiatorStream
  readonly offer: AuthenticationOffer
  readonly inline: InlineOffer
  /** The tasks that were asked for and are still to be done (XEP-0480 §2.2); none before the exchange begins. */
  readonly upgrades?: readonly string[]
}

/** The initiating half of SASL2, named for what it waits for. */
export type Sasl2InitiatorState =
  /** The driver begins with a mechanism. */
  | ({ readonly name: 'awaiting-sasl2-start' } & Exchange)
  /** The server answers. */
  | ({ readonly name: 'awaiting-sasl2-answer' } & Exchange)
  /** The mechanism answers a challenge. */
  | ({ readonly name: 'awaiting-sasl2-reply' } & Exchange)
  /** The mechanism judges the server's success. */
  | ({ readonly name: 'awaiting-sasl2-verdict'; readonly success: AuthenticationSuccess } & Exchange)
  /** The mechanism judges the server, which has tasks to be done before success (XEP-0388 §2.6.3). */
  | ({ readonly name: 'awaiting-sasl2-task-verdict'; readonly task: string } & Exchange)
  /** The server answers in a task; `isAnswered`: it has all that it asks for. */
  | ({ readonly name: 'awaiting-sasl2-task'; readonly task: string; readonly isAnswered: boolean } & Exchange)
  /** The driver does the task. */
  | ({ readonly name: 'awaiting-sasl2-task-reply'; readonly task: string } & Exchange)
  /** The features that follow success, of a stream whose resource is bound. */
  | { readonly name: 'awaiting-bound-features'; readonly stream: InitiatorStream; readonly bound: Bound }

/** What the initiating half of SASL2 is told by its driver. */
export type Sasl2InitiatorInput =
  /** Begin with this mechanism; `inline` goes along (such as `<fast/>`). Also after `refused`: another attempt. */
  | {
      readonly type: 'sasl2-start'
      readonly mechanism: string
      readonly initialResponse: Uint8Array | undefined
      readonly inline: readonly Element[]
    }
  /** The mechanism's answer to a challenge. */
  | { readonly type: 'sasl2-reply'; readonly data: Uint8Array }
  /** What the server asked for in a task. */
  | { readonly type: 'sasl2-task-reply'; readonly content: readonly Element[] }
  /** The mechanism trusts the server. */
  | { readonly type: 'sasl2-verified' }
  /** The mechanism, or the driver, gives up; the server is told so. */
  | { readonly type: 'sasl2-failure'; readonly cause: unknown }

/** What it asks of its driver. */
export type Sasl2InitiatorOutput =
  /** Choose a mechanism; report `sasl2-start` or `sasl2-failure`. */
  | {
      readonly type: 'begin-sasl2'
      readonly features: Element
      readonly offer: AuthenticationOffer
      readonly inline: InlineOffer
    }
  /** Hand this to the mechanism; report `sasl2-reply` or `sasl2-failure`. */
  | { readonly type: 'sasl2-challenge'; readonly data: Uint8Array }
  /**
   * Let the mechanism judge; report `sasl2-verified` or `sasl2-failure`. Keep back what arrives until then: what follows
   * success belongs to the state after it.
   */
  | { readonly type: 'verify-sasl2'; readonly data: Uint8Array | undefined }
  /** Do this task with what the server says; report `sasl2-task-reply` or `sasl2-failure`. */
  | { readonly type: 'sasl2-task'; readonly task: string; readonly content: readonly Element[] }
  /** The server refuses; report `sasl2-start` for another attempt, or `sasl2-failure`. */
  | { readonly type: 'sasl2-refused'; readonly condition: SaslCondition; readonly text: string | undefined }
  /** What came along with success, such as a token. */
  | { readonly type: 'sasl2-results'; readonly results: readonly Element[] }
