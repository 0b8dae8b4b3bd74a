import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { type EnableGrant, type EnableRequest, enable, type Failure, type ResumptionPoint, resume } from './elements.ts'
import type { StreamManagementOutput, StreamManagementStep } from './machine.ts'
import { readStreamManagement, type StreamManagementElement } from './read.ts'

/** The initiating entity's half (XEP-0198 §3, §5), named for what it waits for. */
export type StreamManagementInitiatorState =
  /** For the driver's wish; `mayEnable` until the one attempt is made (XEP-0198 §3). */
  | { readonly name: 'idle'; readonly mayEnable: boolean }
  | { readonly name: 'awaiting-enabled' }
  | { readonly name: 'awaiting-resumed'; readonly previd: string }
  | { readonly name: 'active' }
  | { readonly name: 'closed' }

/** What the initiating half is told. */
export type StreamManagementInitiatorInput =
  /** Enable it; after authentication, and for a client after resource binding (XEP-0198 §3). */
  | { readonly type: 'enable'; readonly request: EnableRequest }
  /** Resume a former session, after authentication and instead of resource binding (XEP-0198 §5). */
  | { readonly type: 'resume'; readonly point: ResumptionPoint }
  /** An element of {@link SM_NAMESPACE} arrived. */
  | { readonly type: 'element'; readonly element: Element }

/** What the driver of the initiating half is to do. */
export type StreamManagementInitiatorOutput =
  | StreamManagementOutput
  /** It works; what was granted is to be remembered with the session. */
  | { readonly type: 'enabled'; readonly grant: EnableGrant }
  /**
   * The former session goes on: give `h` to `acknowledge` of its sender, then send what `retransmit` returns. The roster
   * is not asked for, presence not sent again (XEP-0198 §5).
   */
  | { readonly type: 'resumed'; readonly h: number }
  /**
   * It does not work; the stream lives on. When `during` is `resume`, the former session is lost: `failure.h`, if there,
   * tells which of its stanzas arrived, and the driver may bind a resource and enable anew (XEP-0198 §5). When it is
   * `enable`, throw the sender away.
   */
  | { readonly type: 'failed'; readonly during: 'enable' | 'resume'; readonly failure: Failure }

type Step = StreamManagementStep<StreamManagementInitiatorState, StreamManagementInitiatorOutput>

/** The first state of the initiating half, on a new stream that offers the feature. */
export function createStreamManagementInitiator(): StreamManagementInitiatorState {
  return { name: 'idle', mayEnable: true }
}

/**
 * One step of the initiating half.
 * @throws {TypeError} when the driver asks for what the state does not allow: a second `enable` on one stream
 */
export function stepStreamManagementInitiator(
  state: StreamManagementInitiatorState,
  input: StreamManagementInitiatorInput,
): Step {
  if (state.name === 'closed') return { state, outputs: [] }
  if (input.type !== 'element') return begin(state, input)
  const element = readStreamManagement(input.element)
  if (element === undefined) return { state, outputs: [] }
  return STEPS[state.name](state as never, element) ?? unexpected(element, input.element.name)
}

function begin(
  state: StreamManagementInitiatorState,
  input: Exclude<StreamManagementInitiatorInput, { readonly type: 'element' }>,
): Step {
  if (state.name !== 'idle') throw new TypeError(`cannot ${input.type} while ${state.name}`)
  if (input.type === 'resume') {
    return {
      state: { name: 'awaiting-resumed', previd: input.point.previd },
      outputs: [{ type: 'send', element: resume(input.point) }],
    }
  }
  if (!state.mayEnable) throw new TypeError('one attempt to enable is all that a stream has')
  return {
    state: { name: 'awaiting-enabled' },
    outputs: [{ type: 'send', element: enable(input.request) }, { type: 'count-sent' }],
  }
}

/** One function per state; `undefined`: the element does not belong there. */
const STEPS = {
  idle: () => undefined,
  'awaiting-enabled': awaitingEnabled,
  'awaiting-resumed': awaitingResumed,
  active,
}

function awaitingEnabled(_: unknown, element: StreamManagementElement): Step | undefined {
  if (element.kind === 'enabled') {
    const { kind: _kind, ...grant } = element
    return { state: { name: 'active' }, outputs: [{ type: 'count-handled' }, { type: 'enabled', grant }] }
  }
  return element.kind === 'failed' ? failure('enable', element) : undefined
}

function awaitingResumed(state: { readonly previd: string }, element: StreamManagementElement): Step | undefined {
  if (element.kind === 'resumed' && element.previd === state.previd) {
    return { state: { name: 'active' }, outputs: [{ type: 'resumed', h: element.h }] }
  }
  return element.kind === 'failed' ? failure('resume', element) : undefined
}

function failure(during: 'enable' | 'resume', element: StreamManagementElement & { readonly kind: 'failed' }): Step {
  const { kind: _kind, ...failure } = element
  return { state: { name: 'idle', mayEnable: during === 'resume' }, outputs: [{ type: 'failed', during, failure }] }
}

function active(state: { readonly name: 'active' }, element: StreamManagementElement): Step | undefined {
  if (element.kind === 'request') return { state, outputs: [{ type: 'answer-request' }] }
  return element.kind === 'acknowledgement' ? { state, outputs: [{ type: 'acknowledged', h: element.h }] } : undefined
}

/** What a peer that keeps to XEP-0198 never sends; misuse may end the stream (§6). */
function unexpected(element: StreamManagementElement, name: string): Step {
  const error =
    element.kind === 'malformed'
      ? new StreamError('bad-format', `<${name}/>: ${element.reason}`)
      : new StreamError('policy-violation', `<${name}/> of Stream Management is not expected here`)
  return { state: { name: 'closed' }, outputs: [{ type: 'stream-error', error }] }
}
