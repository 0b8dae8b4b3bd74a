import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import {
  type EnableGrant,
  type EnableRequest,
  enabled,
  type Failure,
  failed,
  type ResumptionPoint,
  resumed,
} from './elements.ts'
import type { StreamManagementOutput, StreamManagementStep } from './machine.ts'
import { readStreamManagement, type StreamManagementElement } from './read.ts'

/** When the accepting entity's half may do what (XEP-0198 §3, §5). */
export interface StreamManagementAcceptorPolicy {
  /** Streams can be resumed here; without it `<resume/>` is answered `feature-not-implemented`. */
  readonly resumption: boolean
  /** A stream needs a bound resource to be enabled, and none to be resumed: streams of clients (XEP-0198 §3). */
  readonly binding: boolean
}

/** The accepting entity's half (XEP-0198 §3, §5), named for what it waits for. */
export type StreamManagementAcceptorState =
  /** For authentication; everything is refused. */
  | { readonly name: 'awaiting-authentication'; readonly policy: StreamManagementAcceptorPolicy }
  /** For `<enable/>` or `<resume/>`. */
  | {
      readonly name: 'awaiting-command'
      readonly policy: StreamManagementAcceptorPolicy
      readonly mayEnable: boolean
      readonly mayResume: boolean
    }
  /** For the driver's `grant` or `refuse`. */
  | {
      readonly name: 'awaiting-grant'
      readonly request: EnableRequest
      readonly policy: StreamManagementAcceptorPolicy
    }
  /** For the driver's `resume` or `refuse`. */
  | {
      readonly name: 'awaiting-session'
      readonly previd: string
      readonly h: number
      readonly policy: StreamManagementAcceptorPolicy
    }
  | { readonly name: 'active' }
  /** Enabling was refused; there is no second attempt (XEP-0198 §3). */
  | { readonly name: 'refused' }
  | { readonly name: 'closed' }

/** What the accepting half is told. */
export type StreamManagementAcceptorInput =
  /** The peer is authenticated. */
  | { readonly type: 'authenticated' }
  /** A resource is bound, where `binding` says that one is needed. */
  | { readonly type: 'bound' }
  /** An element of {@link SM_NAMESPACE} arrived. After `enable-requested` and `resume-requested`, keep back all input until they are decided. */
  | { readonly type: 'element'; readonly element: Element }
  /** The answer to `enable-requested`. What has to be stored, so that the session can be resumed, is stored. */
  | { readonly type: 'grant'; readonly grant: EnableGrant }
  /** The answer to `resume-requested`: the session is found; `h` is what was handled of its stanzas. */
  | { readonly type: 'resume'; readonly h: number }
  /** The other answer to either. After `enable-requested`, throw the receiver away that `count-handled` made. */
  | { readonly type: 'refuse'; readonly failure: Failure }

/** What the driver of the accepting half is to do. */
export type StreamManagementAcceptorOutput =
  | StreamManagementOutput
  /** Decide, then answer with `grant` or `refuse`. Grant `resume` only if it is requested. */
  | { readonly type: 'enable-requested'; readonly request: EnableRequest }
  /**
   * Find the session, and that it belongs to who is authenticated on this stream; then answer with `resume` or `refuse`
   * (`item-not-found`, also for somebody else's). A stream that still has it is closed with `conflict` (XEP-0198 §5).
   */
  | { readonly type: 'resume-requested'; readonly point: ResumptionPoint }
  /** `<enabled/>` is sent; this is what it grants. */
  | { readonly type: 'enabled'; readonly grant: EnableGrant }
  /** The session goes on: give `h` to `acknowledge` of its sender, then send what `retransmit` returns. */
  | { readonly type: 'resumed'; readonly previd: string; readonly h: number }

type State<Name extends StreamManagementAcceptorState['name']> = StreamManagementAcceptorState & { readonly name: Name }
type Step = StreamManagementStep<StreamManagementAcceptorState, StreamManagementAcceptorOutput>

/** The first state of the accepting half, on a new stream. */
export function createStreamManagementAcceptor(policy: StreamManagementAcceptorPolicy): StreamManagementAcceptorState {
  return { name: 'awaiting-authentication', policy }
}

/** Whether the feature is to be listed in this state: when the peer may begin to send stanzas, or resume (XEP-0198 §2, §5). */
export function listsStreamManagement(state: StreamManagementAcceptorState): boolean {
  return state.name === 'awaiting-command'
}

/**
 * One step of the accepting half.
 * @throws {TypeError} when the driver says what the state does not allow, such as `grant` that nobody requested
 */
export function stepStreamManagementAcceptor(
  state: StreamManagementAcceptorState,
  input: StreamManagementAcceptorInput,
): Step {
  if (state.name === 'closed') return { state, outputs: [] }
  if (input.type === 'element') {
    const element = readStreamManagement(input.element)
    return element === undefined ? { state, outputs: [] } : arrived(state, element)
  }
  const next =
    input.type === 'authenticated' || input.type === 'bound' ? proceed(state, input.type) : decide(state, input)
  if (next === undefined) throw new TypeError(`no ${input.type} while ${state.name}`)
  return next
}

function proceed(state: StreamManagementAcceptorState, event: 'authenticated' | 'bound'): Step | undefined {
  if (event === 'authenticated' && state.name === 'awaiting-authentication') {
    const { policy } = state
    return { state: { name: 'awaiting-command', policy, mayEnable: !policy.binding, mayResume: true }, outputs: [] }
  }
  if (event === 'bound' && state.name === 'awaiting-command') {
    return { state: { ...state, mayEnable: true, mayResume: false }, outputs: [] }
  }
  return undefined
}

function decide(
  state: StreamManagementAcceptorState,
  input: StreamManagementAcceptorInput & { readonly type: 'grant' | 'resume' | 'refuse' },
): Step | undefined {
  if (state.name === 'awaiting-grant') {
    if (input.type === 'grant') return granted(state, input.grant)
    return input.type === 'refuse' ? { state: { name: 'refused' }, outputs: [send(failed(input.failure))] } : undefined
  }
  if (state.name !== 'awaiting-session') return undefined
  const { previd, h, policy } = state
  if (input.type === 'resume') {
    const answer = send(resumed({ previd, h: input.h }))
    return { state: { name: 'active' }, outputs: [answer, { type: 'resumed', previd, h }] }
  }
  if (input.type !== 'refuse') return undefined
  // XEP-0198 §5: after a failed resumption the client is to be allowed to bind a resource.
  return {
    state: { name: 'awaiting-command', policy, mayEnable: !policy.binding, mayResume: true },
    outputs: [send(failed(input.failure))],
  }
}

function granted(state: State<'awaiting-grant'>, grant: EnableGrant): Step {
  const resume = grant.resume && state.request.resume && state.policy.resumption
  const effective = { ...grant, resume }
  return {
    state: { name: 'active' },
    outputs: [send(enabled(effective)), { type: 'count-sent' }, { type: 'enabled', grant: effective }],
  }
}

function arrived(
  state: Exclude<StreamManagementAcceptorState, { name: 'closed' }>,
  element: StreamManagementElement,
): Step {
  switch (element.kind) {
    case 'enable':
      return enableArrived(state, element)
    case 'resume':
      return resumeArrived(state, element)
    case 'request':
      return state.name === 'active' ? { state, outputs: [{ type: 'answer-request' }] } : refuse(state)
    case 'acknowledgement':
      return state.name === 'active' ? { state, outputs: [{ type: 'acknowledged', h: element.h }] } : refuse(state)
    case 'malformed':
      return malformed(state, element)
    default:
      return close('bad-format', `<${element.kind}/> is for the accepting entity to send`)
  }
}

function enableArrived(
  state: Exclude<StreamManagementAcceptorState, { name: 'closed' }>,
  element: StreamManagementElement & { readonly kind: 'enable' },
): Step {
  if (state.name === 'awaiting-authentication') return refuse(state)
  // XEP-0198 §3: a second <enable/> SHOULD end the stream; its example answers <failed/> first.
  if (state.name !== 'awaiting-command') return close('policy-violation', 'a second <enable/>', send(UNEXPECTED))
  if (!state.mayEnable) return refuse(state)
  const request: EnableRequest = { resume: element.resume, max: element.max }
  return {
    state: { name: 'awaiting-grant', request, policy: state.policy },
    outputs: [{ type: 'count-handled' }, { type: 'enable-requested', request }],
  }
}

function resumeArrived(
  state: Exclude<StreamManagementAcceptorState, { name: 'closed' }>,
  point: ResumptionPoint,
): Step {
  if (state.name !== 'awaiting-command' || !state.mayResume) return refuse(state)
  const { policy } = state
  const { previd, h } = point
  if (!policy.resumption) return { state, outputs: [send(failed({ condition: 'feature-not-implemented' }))] }
  return {
    state: { name: 'awaiting-session', previd, h, policy },
    outputs: [{ type: 'resume-requested', point: { previd, h } }],
  }
}

function malformed(
  state: Exclude<StreamManagementAcceptorState, { name: 'closed' }>,
  element: StreamManagementElement & { readonly kind: 'malformed' },
): Step {
  // XEP-0198 §6: an error with <enable/> or <resume/> is answered with <failed/>; nothing else has an answer.
  if (element.name === 'enable' || element.name === 'resume') {
    return { state, outputs: [send(failed({ condition: 'bad-request', text: element.reason }))] }
  }
  return close('bad-format', `<${element.name}/>: ${element.reason}`)
}

const UNEXPECTED: Element = failed({ condition: 'unexpected-request' })

/** XEP-0198 §3: out of order, and the stream lives on. */
function refuse(state: StreamManagementAcceptorState): Step {
  return { state, outputs: [send(UNEXPECTED)] }
}

function close(
  condition: 'policy-violation' | 'bad-format',
  text: string,
  ...first: readonly StreamManagementAcceptorOutput[]
): Step {
  const error = new StreamError(condition, text)
  return { state: { name: 'closed' }, outputs: [...first, { type: 'stream-error', error }] }
}

function send(element: Element): StreamManagementAcceptorOutput {
  return { type: 'send', element }
}
