import type { Jid } from '@parlour/jid'
import type { AuthenticationRequest, SaslCondition } from '@parlour/sasl'
import type { Element } from '@parlour/xml'
import type { ReceiverStream } from './receiver-stream.ts'

/** What a client has begun by `<authenticate/>`. */
interface Begun {
  readonly stream: ReceiverStream
  readonly request: AuthenticationRequest
}

/** The mechanism has succeeded; what it had to say besides is not sent yet. */
export interface Proven extends Begun {
  /** Authenticated bare JID. */
  readonly account: Jid
  readonly additionalData: Uint8Array | undefined
  /** What the tasks that were done want said in `<success/>`. */
  readonly results: readonly Element[]
}

/** The receiving half of SASL2 (XEP-0388), named for what it waits for; `…outcome`, `tasks` and `activation` are the driver's. */
export type Sasl2State =
  | ({ readonly name: 'awaiting-sasl2-outcome' } & Begun)
  | ({ readonly name: 'awaiting-sasl2-response' } & Begun)
  /** Whether more has to be done is being asked. */
  | ({ readonly name: 'awaiting-tasks' } & Proven)
  /** The client chooses one of the tasks. */
  | ({ readonly name: 'awaiting-next'; readonly tasks: readonly string[] } & Proven)
  | ({ readonly name: 'awaiting-task-outcome'; readonly task: string } & Proven)
  | ({ readonly name: 'awaiting-task-data'; readonly task: string } & Proven)
  /** What was asked for besides is being done. */
  | ({ readonly name: 'awaiting-activation' } & Proven)

/** What became of a message of the mechanism. */
export type Sasl2Outcome =
  | { readonly type: 'challenge'; readonly data: Uint8Array }
  | Sasl2Failure
  | {
      readonly type: 'success'
      readonly account: Jid
      /** As whom the client wants to act, if it said so. */
      readonly authorizationId?: string | undefined
      readonly data?: Uint8Array | undefined
    }

/** The attempt has failed, in the words for the client. */
export interface Sasl2Failure {
  readonly type: 'failure'
  readonly condition: SaslCondition
  readonly text?: string | undefined
}

/** What became of a step of a task (XEP-0388 §2.6.3). */
export type TaskOutcome =
  /** `<task-data/>` with this; the client goes on. */
  | { readonly type: 'data'; readonly content: readonly Element[] }
  /** The task is done; `content` goes into `<success/>`. */
  | { readonly type: 'done'; readonly content: readonly Element[] }
  | Sasl2Failure

/** What came of the features that the client has asked for. */
export interface Activation {
  readonly type: 'activated'
  /** The full JID where a resource is bound now: the stream is established. */
  readonly jid?: Jid | undefined
  /** An earlier stream goes on: no features are sent (XEP-0198 §9.2). */
  readonly resumed?: boolean
  /** Namespaces of features that the client has had already: listing them again, some clients would ask again. */
  readonly negotiated?: readonly string[] | undefined
  /** For `<success/>`. */
  readonly results: readonly Element[]
}

/** What the receiving half of SASL2 is told by its driver. */
export type Sasl2ReceiverInput =
  | { readonly type: 'sasl2'; readonly outcome: Sasl2Outcome }
  /** What is to be done before success: one of these, if there are any. */
  | { readonly type: 'tasks'; readonly names: readonly string[]; readonly text?: string | undefined }
  | { readonly type: 'task'; readonly outcome: TaskOutcome }
  | Activation

/** What it asks of its driver. */
export type Sasl2ReceiverOutput =
  /** Begin with the mechanism; report `sasl2`. What was begun before is void. */
  | { readonly type: 'begin-sasl2'; readonly request: AuthenticationRequest }
  /** Hand the client's message to the mechanism; report `sasl2`. */
  | { readonly type: 'continue-sasl2'; readonly message: Uint8Array }
  /** The client has given up. */
  | { readonly type: 'abort-sasl2' }
  /** Report `tasks`: what is left to do before this account is signed in. */
  | { readonly type: 'ask-tasks'; readonly account: Jid; readonly request: AuthenticationRequest }
  /** Take what the client says of a task; report `task`. `isFirst`: it begins. */
  | {
      readonly type: 'perform-task'
      readonly account: Jid
      readonly task: string
      readonly isFirst: boolean
      readonly content: readonly Element[]
    }
  /** Do what the client asked for besides, in the order that its specifications give; report `activated`. */
  | { readonly type: 'activate'; readonly account: Jid; readonly request: AuthenticationRequest }
